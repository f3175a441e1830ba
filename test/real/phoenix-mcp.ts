import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Report } from './report.ts'
import type { Store } from './stores.ts'
import type { Expected } from './traces.ts'
import type { Tracewarden } from './tracewarden.ts'

/** Phoenix's own MCP server through the door, with the client of the official SDK, as an agent would use it. */
export async function checkPhoenixMcp(
  report: Report,
  store: Store,
  tracewarden: Tracewarden,
  { planted, thought }: Expected,
): Promise<void> {
  const client = new Client({ name: 'agent', version: '1' })
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${tracewarden.doors.phoenix}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${tracewarden.tokens.ben}` } },
    }),
  )
  /** What a call answers, or why it was refused. The code is Python, where true is called True. */
  const execute = (tool: string, params: object) =>
    run(
      `return await call_tool(${JSON.stringify(tool)}, ${JSON.stringify(params).replaceAll(':true', ':True')})`,
    )
  const run = async (code: string): Promise<string> => {
    try {
      return JSON.stringify(await client.callTool({ name: 'execute', arguments: { code } }))
    } catch (error) {
      return String(error)
    }
  }
  try {
    const { tools } = await client.listTools()
    report.check(
      'phoenix mcp: its tools are listed',
      tools.some(({ name }) => name === 'execute'),
    )
    const projects = await execute('getProjects', {})
    report.check(
      'phoenix mcp: projects are listed',
      projects.includes(store.collection),
      projects.slice(0, 300),
    )
    const [first = ''] = store.ids
    const project = { project_identifier: store.collection }
    const one = await execute('getSpans', { ...project, trace_id: [first], limit: 100 })
    report.check('phoenix mcp: the spans of one trace are read', one.includes(thought), one.slice(0, 300))
    const leaked = planted.filter((secret) => one.includes(secret))
    report.check('phoenix mcp: its planted secrets are not in it', leaked.length === 0, leaked.join())
    const list = await execute('listProjectTraces', { ...project, include_spans: true })
    report.check(
      'phoenix mcp: a list shows no content',
      list.includes(first) && !list.includes(thought),
      list.slice(0, 300),
    )
    const filter = "'AKIA' in input.value"
    const oracle = await execute('listProjectTraces', { ...project, filter })
    report.check(
      'phoenix mcp: a filter over content is refused',
      oracle.includes('TW_POLICY_ORACLE'),
      oracle.slice(0, 300),
    )
    const sql = await execute('executeSql', { sql: 'select attributes from spans' })
    report.check('phoenix mcp: SQL is refused', sql.includes('TW_POLICY_EXPORT'), sql.slice(0, 300))
    const loop = await run('x = []\nfor t in [1]:\n  x.append(await call_tool("getSpans", {}))\nreturn x')
    report.check(
      'phoenix mcp: code that is more than one call is refused',
      loop.includes('TW_PROFILE_MCP'),
      loop.slice(0, 300),
    )
  } finally {
    await client.close()
  }
}
