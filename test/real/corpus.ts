import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, Ask, Attack, Honest, Step } from '../bypass/attack.ts'
import { corpus } from '../bypass/corpus/index.ts'
import { told } from '../bypass/engine.ts'
import { honest } from '../bypass/honest.ts'
import { ORACLE } from '../bypass/house.ts'
import { Leaks } from '../bypass/leaks.ts'
import { cores, secretsOf } from '../bypass/secrets.ts'
import type { Report } from './report.ts'
import { python, type Store } from './stores.ts'
import type { LoadedTrace } from './traces.ts'
import type { Venv } from './venv.ts'

/**
 * The bypass corpus on real stores: what its attacks plant lies in traces of a real server, and those of its attacks
 * that ask MLflow or Phoenix ask them through the door.
 */
export interface RealStore {
  name: 'mlflow' | 'phoenix'
  venv: Venv
  store: Store
  door: string
  /** Who asks. */
  token: string
  scratch: string
}

const COLLECTION = 'corpus'
/** How many ask at once: some are held for an approval that nobody gives. */
const AT_ONCE = 12

/** What an attack plants, where it is data and no answer of its own making. */
function plantedBy(attack: Attack, index: number): string | undefined {
  const plant = attack.plant?.(secretsOf(attack.name, `tr-${index}`))
  if (plant === undefined || (typeof plant === 'object' && 'chunks' in plant)) return undefined
  return typeof plant === 'string' ? plant : JSON.stringify(plant)
}

const traceOf = (text: string): LoadedTrace => ({
  model: 'm',
  input: text,
  system: '',
  steps: [{ thought: text, action: text, observation: text }],
  output: text,
})

export async function checkCorpus(report: Report, real: RealStore): Promise<void> {
  const leaks = new Leaks()
  for (const core of cores(ORACLE)) leaks.plant(core, 'the oracle')
  const planting = corpus.flatMap((attack, i) => {
    const text = plantedBy(attack, i)
    if (text === undefined) return []
    for (const core of cores(secretsOf(attack.name, `tr-${i}`))) leaks.plant(core, attack.name)
    return [{ attack, text }]
  })
  const oracle = traceOf(`the key is ${ORACLE.aws}, of ${ORACLE.customer}, or ${ORACLE.github}`)
  const loaded = await load(real, [oracle, ...planting.map(({ text }) => traceOf(text))])
  const here = await placeOf(real, loaded)

  const leaked = new Map<string, string>()
  const known = new Set(corpus.filter((attack) => attack.known !== undefined).map(({ name }) => name))
  const note = (name: string, how: string) => {
    if (!known.has(name)) leaked.set(name, leaked.get(name) ?? how)
  }
  const ask = async (name: string, asked: Ask): Promise<Answer> => {
    const answer = await send(real, here(asked))
    for (const [owner, how] of leaks.find(`${answer.text} ${JSON.stringify(answer.headers)}`))
      note(owner, `${how} in the answer to “${name}”`)
    return answer
  }

  const reads = planting.map(({ attack }, i) => async () => {
    for (const asked of readsOf(real.name, loaded.ids[i + 1] ?? '')) await ask(attack.name, asked)
  })
  const asking = corpus.filter((attack) => attack.plant === undefined && isFor(attack, real.name))
  const attempts = asking.map((attack) => async () => {
    for (const step of stepsOf(attack)) {
      if ('oracle' in step) {
        const [yes, no] = [await ask(attack.name, step.oracle[0]), await ask(attack.name, step.oracle[1])]
        if (told(yes) !== told(no)) note(attack.name, `${told(yes)}\n${told(no)}`)
      } else if ('ask' in step) {
        const { status } = await ask(attack.name, step.ask)
        if (step.expect === 'refused' && status < 400) note(attack.name, `answered ${status}`)
      }
    }
  })
  await inParallel([...reads, ...attempts])

  const refused: string[] = []
  const everyday = honest.filter((each) => isHonestFor(each, real.name))
  for (const { name, steps } of everyday)
    for (const asked of Array.isArray(steps) ? steps : []) {
      const answer = await ask(name, asked)
      if (isRefusal(answer)) refused.push(`${name}: ${answer.status} ${answer.text.slice(0, 200)}`)
    }
  const attacks = reads.length + attempts.length
  report.check(
    `${real.name}: attacks ${attacks}, leaks ${leaked.size}, false refusals ${refused.length} of ${everyday.length} honest queries`,
    leaked.size === 0 && refused.length === 0 && attacks > 100,
    [...[...leaked].map(([name, how]) => `LEAK ${name}: ${how}`), ...refused].join('\n'),
  )
}

/** What the store itself does not have, or asks of several traces where the sample has one, is no refusal of ours. */
const isRefusal = ({ status, text }: Answer) =>
  status === 401 ||
  (status >= 400 &&
    text.includes('"TW_') &&
    !/TW_HTTP_BACKEND_ERROR|TW_DOOR_APPROVAL|TW_POLICY_APPROVAL/.test(text))

const stepsOf = ({ steps }: Attack): readonly Step[] => (Array.isArray(steps) ? steps : [])
const doorOf = (step: Step) =>
  'ask' in step ? step.ask.door : 'oracle' in step ? step.oracle[0].door : undefined
const isFor = (attack: Attack, name: RealStore['name']) =>
  stepsOf(attack).length > 0 && stepsOf(attack).every((step) => doorOf(step) === name)
const isHonestFor = ({ steps }: Honest, name: RealStore['name']) =>
  Array.isArray(steps) && steps.every((asked: Ask) => asked.door === name)

async function load({ name, venv, store, scratch }: RealStore, traces: readonly LoadedTrace[]) {
  const file = join(scratch, `${name}-corpus.json`)
  writeFileSync(file, JSON.stringify(traces))
  const script = join(import.meta.dirname, name, 'load.py')
  const said = await python(venv, script, [store.url, COLLECTION, file])
  const ids = Array.isArray(said.ids) ? said.ids.map(String) : []
  return { ids, experiment: String(said.experiment ?? '') }
}

/** The corpus knows the stores of its own; here are the names that the real one gave. */
async function placeOf(
  { name, store }: RealStore,
  { ids, experiment }: { ids: readonly string[]; experiment: string },
): Promise<(ask: Ask) => Ask> {
  const [first = '', second = ''] = ids
  const names: [RegExp, string][] =
    name === 'mlflow'
      ? [
          [/tr-1(?!\d)/g, first],
          [/tr-2(?!\d)/g, second],
          [/(experiment_ids?=)1\b/g, `$1${experiment}`],
          [/("experiment_ids?":\s*\[?")1"/g, `$1${experiment}"`],
        ]
      : [
          [/\/projects\/(?:p|default)(?=[/?]|$)/g, `/projects/${COLLECTION}`],
          [/project_name=(?:p|default)\b/g, `project_name=${COLLECTION}`],
          [/UHJvamVjdDoy/g, await projectId(store)],
          [/7bc2cc7cbd1d53bbf70fa9462963bd70/g, first],
        ]
  const renamed = (text: string) => names.reduce((now, [from, to]) => now.replace(from, to), text)
  return (ask) => ({
    ...ask,
    path: renamed(ask.path),
    ...(ask.body === undefined
      ? {}
      : { body: renamed(typeof ask.body === 'string' ? ask.body : JSON.stringify(ask.body)) }),
    ...(typeof ask.body === 'object'
      ? { headers: { 'content-type': 'application/json', ...ask.headers } }
      : {}),
  })
}

/** Ingest is answered before it is stored. */
async function projectId({ url, server }: Store): Promise<string> {
  let id = ''
  const there = async () => {
    const answer = await fetch(`${url}/v1/projects/${COLLECTION}`)
    id = /"id":"([^"]+)"/.exec(await answer.text())?.[1] ?? ''
    return answer.ok && id !== ''
  }
  if (!(await server.until(there, 60_000))) throw new Error('the corpus did not arrive')
  return id
}

/** One trace, in each of the forms that its store has for it. */
const readsOf = (name: RealStore['name'], id: string): Ask[] =>
  (name === 'mlflow'
    ? [
        `/api/3.0/mlflow/traces/get?trace_id=${id}`,
        `/api/3.0/mlflow/traces/batchGet?trace_ids=${id}`,
        `/api/3.0/mlflow/traces/${id}`,
        `/ajax-api/3.0/mlflow/get-trace-artifact?request_id=${id}`,
      ]
    : [
        `/v1/projects/${COLLECTION}/spans?trace_id=${id}`,
        `/v1/projects/${COLLECTION}/spans/otlpv1?trace_id=${id}`,
      ]
  ).map((path) => ({ door: name, path }))

async function send({ door, token }: RealStore, { method, path, headers = {}, body }: Ask): Promise<Answer> {
  const flat = Object.fromEntries(
    Object.entries(headers).map(([key, value]) => [key, [value].flat().join(', ')]),
  )
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const verb = method ?? (text === undefined ? 'GET' : 'POST')
  const init = {
    method: verb,
    headers: { authorization: `Bearer ${token}`, ...flat },
    redirect: 'manual' as const,
  }
  // A body beside a GET is what only a raw client sends: the corpus of the sample stores has it.
  const response = await fetch(
    `${door}${path}`,
    text === undefined || verb === 'GET' ? init : { ...init, body: text },
  )
  const bytes = Buffer.from(await response.arrayBuffer())
  return {
    status: response.status,
    statusText: response.statusText,
    headers: Object.fromEntries(response.headers),
    body: bytes,
    text: bytes.toString('utf8'),
  }
}

async function inParallel(work: (() => Promise<void>)[]): Promise<void> {
  const waiting = [...work]
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await next()
    }),
  )
}
