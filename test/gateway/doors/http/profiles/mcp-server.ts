import { createServer } from 'node:http'
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Test } from 'tap'
import { z } from 'zod'
import { listening, SECRET } from '../house.ts'

export const THOUGHT = 'the customer seems to be angry'
const trace = (id: string) => ({
  trace_id: id,
  time: 1_795_400_000_000,
  thought: `${THOUGHT} ${SECRET}`,
  status: 'ok',
})
const told = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] })

/** A trace store's MCP server, made with the SDK: it tells everything, and asks its client what it can. */
export async function startMcpServer(t: Test) {
  const transports = new Map<string, StreamableHTTPServerTransport>()
  const asked: string[] = []
  function serve(): McpServer {
    const server = new McpServer({ name: 'traces', version: '1.0.0' }, { enforceStrictCapabilities: true })
    server.registerTool(
      'list_traces',
      {
        description: 'Lists traces',
        inputSchema: {
          limit: z.number().optional(),
          contains: z.string().optional(),
          status: z.string().optional(),
        },
      },
      async () => told({ traces: [trace('t1'), trace('t2')] }),
    )
    server.registerTool(
      'get_traces',
      { description: 'Traces by id', inputSchema: { ids: z.array(z.string()) } },
      async ({ ids }) => ({
        ...told({ traces: ids.map(trace) }),
        structuredContent: { traces: ids.map(trace) },
      }),
    )
    server.registerTool('delete_trace', { inputSchema: { id: z.string() } }, async () =>
      told({ deleted: true }),
    )
    server.registerTool('picture', { inputSchema: {} }, async () => ({
      content: [{ type: 'image', mimeType: 'image/png', data: Buffer.from(SECRET).toString('base64') }],
    }))
    server.registerTool('ask_client', { inputSchema: {} }, async () => {
      for (const ask of [
        () =>
          server.server.createMessage({
            messages: [{ role: 'user', content: { type: 'text', text: `${THOUGHT} ${SECRET}` } }],
            maxTokens: 5,
          }),
        () =>
          server.server.elicitInput({
            message: 'Your password?',
            requestedSchema: { type: 'object', properties: {} },
          }),
      ])
        await ask().then(
          () => asked.push('answered'),
          (error: Error) => asked.push(error.message),
        )
      return told({ done: true })
    })
    server.registerResource(
      'trace',
      new ResourceTemplate('trace://{id}', { list: undefined }),
      {},
      async (uri) => ({
        contents: [{ uri: uri.href, mimeType: 'application/json', text: JSON.stringify(trace('t1')) }],
      }),
    )
    return server
  }
  const http = createServer(async (req, res) => {
    const id = req.headers['mcp-session-id']
    let transport = typeof id === 'string' ? transports.get(id) : undefined
    if (!transport) {
      const made = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => `session-${transports.size + 1}`,
        onsessioninitialized: (session) => void transports.set(session, made),
      })
      await serve().connect(made)
      transport = made
    }
    await transport.handleRequest(req, res)
  })
  const { server, address } = await listening(http)
  t.teardown(async () => {
    for (const transport of transports.values()) await transport.close()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  return { url: `http://${address}`, asked }
}
