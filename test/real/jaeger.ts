import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { answers, freePort, launch, type Running, run } from './process.ts'
import type { Report } from './report.ts'
import type { Expected, LoadedTrace } from './traces.ts'
import { approveNext, type Tracewarden } from './tracewarden.ts'

const MODULE = 'github.com/jaegertracing/jaeger@v1.62.0'
const cache = () => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tracewarden')
export const HOW = `Go 1.22 or later: the all-in-one of ${MODULE} is built in ${join(cache(), 'jaeger')} (minutes)`

export interface Jaeger {
  url: string
  server: Running
  ids: readonly string[]
}

/** Jaeger's all-in-one, built once from its sources: its module replaces others, so `go install` does not take it. */
async function binary(): Promise<string | undefined> {
  const home = join(cache(), 'jaeger')
  const built = join(home, 'all-in-one')
  if (existsSync(built)) return built
  mkdirSync(home, { recursive: true })
  process.stderr.write(`building ${built} (minutes)\n`)
  const go = (args: readonly string[], cwd: string) =>
    run('go', args, { cwd }).catch((error: Error) => ({ code: 1, out: '', err: error.message }))
  await go(['mod', 'init', 'fetch'], home)
  const { code, out, err } = await go(['mod', 'download', '-json', MODULE], home)
  if (code !== 0) return void process.stderr.write(`go: ${err.slice(-500)}\n`)
  const { Dir } = z.object({ Dir: z.string() }).parse(JSON.parse(out))
  const source = join(home, 'source')
  cpSync(Dir, source, { recursive: true, mode: 0 })
  await run('chmod', ['-R', 'u+w', source])
  const made = await go(['build', '-mod=mod', '-o', built, './cmd/all-in-one'], source)
  if (made.code !== 0) return void process.stderr.write(`go: ${made.err.slice(-500)}\n`)
  return built
}

/** @returns undefined where it cannot be had: HOW says how it could. */
export async function startJaeger(
  scratch: string,
  traces: readonly LoadedTrace[],
): Promise<Jaeger | undefined> {
  const command = await binary()
  if (!command) return undefined
  const cwd = join(scratch, 'jaeger')
  mkdirSync(cwd, { recursive: true })
  const host = '127.0.0.1'
  const [query, otlp] = [await freePort(), await freePort()]
  const others = ['query.grpc-server.host-port', 'admin.http.host-port', 'collector.http-server.host-port']
  others.push('collector.grpc-server.host-port', 'collector.otlp.grpc.host-port', 'http-server.host-port')
  for (const name of ['jaeger-compact', 'jaeger-binary', 'zipkin-compact'])
    others.push(`processor.${name}.server-host-port`)
  const args = [
    `--query.http-server.host-port=${host}:${query}`,
    `--collector.otlp.http.host-port=${host}:${otlp}`,
  ]
  for (const name of others) args.push(`--${name}=${host}:${await freePort()}`)
  const server = launch(command, args, { cwd, env: process.env, log: join(cwd, 'server.log') })
  const url = `http://${host}:${query}`
  try {
    if (!(await server.until(() => answers(`${url}/api/services`), 60_000)))
      throw new Error(`see ${server.log}`)
    const ids = traces.map((_, i) => i.toString(16).padStart(32, 'a'))
    const body = JSON.stringify({ resourceSpans: [resourceSpans(traces, ids)] })
    const headers = { 'content-type': 'application/json' }
    const loaded = await fetch(`http://${host}:${otlp}/v1/traces`, { method: 'POST', headers, body })
    if (!loaded.ok) throw new Error(await loaded.text())
    return { url, server, ids }
  } catch (error) {
    await server.stop()
    throw error
  }
}

function resourceSpans(traces: readonly LoadedTrace[], ids: readonly string[]) {
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
  const start = BigInt(Date.now() - 60_000) * 1_000_000n
  return {
    resource: { attributes: [text('service.name', 'support')] },
    scopeSpans: [
      {
        scope: { name: 'test' },
        spans: traces.map(({ input, output, steps }, i) => ({
          traceId: ids[i],
          spanId: i.toString(16).padStart(16, 'b'),
          name: 'chat',
          kind: 2,
          startTimeUnixNano: String(start),
          endTimeUnixNano: String(start + 1_000_000n),
          attributes: [text('gen_ai.prompt', input), text('gen_ai.completion', output)],
          events: steps.map(({ thought }) => ({
            name: 'thought',
            timeUnixNano: String(start),
            attributes: [text('message', thought)],
          })),
        })),
      },
    ],
  }
}

/** Jaeger's query API through the door, as its pages ask it. */
export async function checkJaeger(
  report: Report,
  jaeger: Jaeger,
  tracewarden: Tracewarden,
  { planted, thought }: Expected,
): Promise<void> {
  const get = async (path: string) => {
    const answer = await fetch(`${tracewarden.doors.jaeger}${path}`, {
      headers: { authorization: `Bearer ${tracewarden.tokens.ben}` },
    })
    return { status: answer.status, text: await answer.text() }
  }
  const [first = '', second = ''] = jaeger.ids
  const services = await get('/api/services')
  report.check('jaeger: services are listed', services.text.includes('support'), services.text.slice(0, 200))
  const list = await get('/api/traces?service=support&operation=chat&lookback=1h&limit=20')
  report.check(
    'jaeger: a search lists traces without content',
    list.text.includes(first) && !list.text.includes(thought),
    list.text.slice(0, 300),
  )
  for (const path of [`/api/traces/${first}`, `/api/v3/traces/${first}`]) {
    const one = await get(path)
    report.check(
      `jaeger: ${path.replace(first, '…')} shows one trace`,
      one.text.includes(thought),
      one.text.slice(0, 300),
    )
    const leaked = planted.filter((secret) => one.text.includes(secret))
    report.check(
      `jaeger: ${path.replace(first, '…')} shows nothing planted`,
      leaked.length === 0,
      leaked.join(),
    )
  }
  const both = `/api/traces?traceID=${first}&traceID=${second}`
  report.check('jaeger: two traces are held', (await get(both)).status === 403)
  await approveNext(tracewarden, 'ben', 'jaeger')
  report.check('jaeger: approved by somebody else they pass', (await get(both)).status === 200)
  const oracle = await get('/api/traces?service=support&tag=gen_ai.prompt:AKIA')
  report.check(
    'jaeger: a tag that is content is refused',
    /TW_POLICY_ORACLE/.test(oracle.text),
    oracle.text.slice(0, 200),
  )
  const page = await get('/search')
  report.check(
    'jaeger: its page is served',
    page.status === 200 && /<html/i.test(page.text),
    page.text.slice(0, 200),
  )
}
