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
  spans: z.number().default(0),
  text: z.string().default(''),
})

/** MLflow's own Python client through the door. */
export async function checkMlflow(
  report: Report,
  venv: Venv,
  store: Store,
  tracewarden: Tracewarden,
  { planted, thought, question }: Expected,
): Promise<void> {
  const door = tracewarden.doors.mlflow
  const client = async (user: keyof Tracewarden['tokens'] | undefined, ...args: string[]) => {
    const env = user ? { MLFLOW_TRACKING_TOKEN: tracewarden.tokens[user] } : {}
    return answer.parse(
      await python(venv, join(import.meta.dirname, 'mlflow/client.py'), [door, ...args], env),
    )
  }
  const leaked = (text: string) => planted.filter((secret) => text.includes(secret))
  const [first = '', second = ''] = store.ids

  const listed = await client('ana', 'experiments')
  report.check('mlflow: experiments are listed', listed.ids.includes(store.collection), listed.error)

  const one = await client('ana', 'get', first)
  report.check(
    'mlflow: get_trace returns the trace with its spans',
    one.ids[0] === first && one.spans > 4,
    one.error,
  )
  report.check('mlflow: its reasoning is readable', one.text.includes(thought), one.text.slice(0, 300))
  report.check(
    'mlflow: its planted secrets are not in it',
    one.text !== '' && leaked(one.text).length === 0,
    leaked(one.text).join(),
  )

  const list = await client('ana', 'list', store.collection, 'timestamp DESC')
  report.check(
    'mlflow: a search without spans lists every trace',
    list.ids.length >= store.ids.length,
    list.error,
  )
  report.check(
    'mlflow: the list shows no content',
    leaked(list.text).length === 0 && !list.text.includes(question),
  )

  const several = client('ana', 'search', store.collection, '5', '')
  const approval = await approveNext(tracewarden, 'ana', 'mlflow')
  report.check(
    'mlflow: search_traces of five is held for approval',
    approval.traces.count === 5,
    String(approval.traces.count),
  )
  const released = await several
  report.check(
    'mlflow: approved by somebody else it goes on by itself',
    released.ids.length === 5 && released.spans > 5,
    released.error,
  )
  report.check(
    'mlflow: nothing planted is in what was approved',
    released.text !== '' && leaked(released.text).length === 0,
    leaked(released.text).join(),
  )

  for (const filter of [
    "trace.text LIKE '%AKIA%'",
    "metadata.`mlflow.traceInputs` LIKE '%CUST%'",
    "tags.note ILIKE '%bill%'",
  ]) {
    const oracle = await client('ben', 'search', store.collection, '1', filter)
    report.check(
      `mlflow: the filter ${filter} is refused`,
      /403|refused|TW_/.test(oracle.error),
      oracle.error || 'it answered',
    )
  }
  const honest = await client('ben', 'search', store.collection, '1', "trace.status = 'OK'")
  report.check('mlflow: a filter on the status is not', honest.ids.length === 1, honest.error)

  const logged = await client('ben', 'log', store.collection)
  const written = await fetch(`${store.url}/api/3.0/mlflow/traces/${logged.ids[0]}`)
  report.check('mlflow: traces can be logged through the door', written.ok, logged.error)

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${door}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${tracewarden.tokens.ben}`, 'content-type': 'application/json' },
    })
  const presigned = await ask('/api/2.0/mlflow/artifacts/presigned-download-url', {
    method: 'POST',
    body: '{}',
  })
  report.check('mlflow: presigned downloads are refused', presigned.status === 403, String(presigned.status))
  const artifact = await ask(`/ajax-api/3.0/mlflow/get-trace-artifact?request_id=${second}`)
  const text = await artifact.text()
  report.check(
    'mlflow: a trace artifact is masked in its own encoding',
    artifact.ok && text.includes('mlflow.spanOutputs') && leaked(text).length === 0,
    `${artifact.status} ${leaked(text)} ${text.slice(0, 300)}`,
  )
  const unknown = await ask('/api/2.0/mlflow/no-such-thing')
  report.check(
    'mlflow: an unknown route is refused',
    unknown.status === 403 || unknown.status === 404,
    String(unknown.status),
  )
  const anonymous = await fetch(`${door}/api/2.0/mlflow/experiments/search?max_results=1`)
  report.check(
    'mlflow: without identity the answer is 401',
    anonymous.status === 401,
    String(anonymous.status),
  )
}
