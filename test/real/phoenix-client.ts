import { join } from 'node:path'
import { z } from 'zod'
import type { Report } from './report.ts'
import { python, type Store } from './stores.ts'
import type { Expected } from './traces.ts'
import { approveNext, type Tracewarden } from './tracewarden.ts'
import type { Venv } from './venv.ts'

const answer = z.object({
  error: z.string().default(''),
  ids: z.array(z.string()).default([]),
  rows: z.number().default(0),
  text: z.string().default(''),
})

/** Phoenix's own Python client, and GraphQL as anybody would send it, through the door. */
export async function checkPhoenix(
  report: Report,
  venv: Venv,
  store: Store,
  tracewarden: Tracewarden,
  { planted, thought }: Expected,
): Promise<void> {
  const door = tracewarden.doors.phoenix
  const script = (name: string) => join(import.meta.dirname, 'phoenix', name)
  const client = async (user: keyof Tracewarden['tokens'], ...args: string[]) =>
    answer.parse(await python(venv, script('client.py'), [door, tracewarden.tokens[user], ...args]))
  const leaked = (text: string) => planted.filter((secret) => text.includes(secret))
  const { collection } = store
  const [first = '', second = ''] = store.ids

  const projects = await client('ana', 'projects')
  report.check('phoenix: projects are listed', projects.ids.includes(collection), projects.error)

  const one = await client('ana', 'spans', collection, first)
  report.check(
    'phoenix: get_spans of one trace returns its spans',
    one.ids[0] === first && one.rows > 2,
    one.error,
  )
  report.check('phoenix: its reasoning is readable', one.text.includes(thought), one.text.slice(0, 300))
  report.check(
    'phoenix: its planted secrets are not in it',
    one.text !== '' && leaked(one.text).length === 0,
    leaked(one.text).join(),
  )

  const held = await client('ana', 'frame', collection, '')
  report.check(
    'phoenix: get_spans_dataframe of everything is held, then told to come again',
    /403|TW_HTTP_APPROVAL/.test(held.error),
    held.error || `${held.rows} rows`,
  )
  const approval = await approveNext(tracewarden, 'ana', 'phoenix')
  report.check(
    'phoenix: what was asked for is the number of its traces',
    approval.traces.count === store.ids.length,
    String(approval.traces.count),
  )
  const frame = await client('ana', 'frame', collection, '')
  report.check(
    'phoenix: approved by somebody else the same call passes',
    frame.ids.length === store.ids.length && frame.rows > 20,
    frame.error,
  )
  report.check(
    'phoenix: nothing planted is in the dataframe',
    frame.text !== '' && leaked(frame.text).length === 0,
    leaked(frame.text).join(),
  )
  const again = await client('ben', 'frame', collection, '')
  report.check('phoenix: the grant is nobody else’s', again.error !== '', `${again.rows} rows`)

  for (const condition of [
    "'AKIA' in input.value",
    "metadata['note'] < 'T'",
    "'x' in str(llm.output_messages)",
  ]) {
    const oracle = await client('ben', 'frame', collection, condition)
    report.check(
      `phoenix: the condition ${condition} is refused`,
      /^403/.test(oracle.error),
      oracle.error || 'it answered',
    )
  }
  const honest = await client('ben', 'frame', collection, `trace_id == '${second}' and span_kind == 'AGENT'`)
  report.check('phoenix: a condition on ids and kinds is not', honest.rows === 1, honest.error)

  const anchor = `trace: getTraceByOtelId(traceId: "${first}")`
  const aliased = `{ ${anchor} { id: traceId spans(first: 50) { edges { n: node { startTime: attributes endTime: output { id: value } } } } } }`
  const graphql = await client('ana', 'graphql', aliased)
  report.check(
    'phoenix: GraphQL of one trace is answered',
    graphql.text.includes(thought),
    graphql.error || graphql.text.slice(0, 400),
  )
  report.check(
    'phoenix: aliases do not unmask it',
    leaked(graphql.text).length === 0,
    leaked(graphql.text).join(),
  )
  const all = `{ p: getProjectByName(name: "${collection}") { spans(first: 100) { edges { node { spanId id: attributes } } } } }`
  const listed = await client('ben', 'graphql', all)
  report.check(
    'phoenix: a GraphQL list is answered without content',
    listed.text.includes('spanId') && !listed.text.includes(thought),
    listed.error || listed.text.slice(0, 400),
  )
  const count = `{ getProjectByName(name: "${collection}") { recordCount(filterCondition: "'AKIA' in input.value") } }`
  report.check(
    'phoenix: a GraphQL count as an oracle is refused',
    /403/.test((await client('ben', 'graphql', count)).error),
  )

  const ask = (method: string, path: string) =>
    fetch(`${door}${path}`, { method, headers: { authorization: `Bearer ${tracewarden.tokens.ben}` } })
  for (const [method, path] of [
    ['GET', '/v1/datasets/RGF0YXNldDox/csv'],
    ['GET', '/v1/experiments/RXhwZXJpbWVudDox/json'],
    ['DELETE', `/v1/traces/${first}`],
    ['GET', '/v1/no-such-thing'],
  ] as const) {
    const { status } = await ask(method, path)
    report.check(
      `phoenix: ${method} ${path.replace(first, '…')} is refused`,
      status === 403 || status === 404,
      String(status),
    )
  }
  const file = join(import.meta.dirname, 'phoenix', 'one.json')
  await python(venv, script('load.py'), [door, 'written', file, tracewarden.tokens.ben])
  const arrived = await store.server.until(async () => {
    const page = await fetch(`${store.url}/v1/projects/written/traces`)
    return page.ok && z.object({ data: z.array(z.unknown()) }).parse(await page.json()).data.length === 1
  }, 20_000)
  report.check('phoenix: traces can be written through the door', arrived)
  const anonymous = await fetch(`${door}/v1/projects`)
  report.check(
    'phoenix: without identity the answer is 401',
    anonymous.status === 401,
    String(anonymous.status),
  )
}
