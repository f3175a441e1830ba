import type { SessionEvent } from '../../core/event.ts'
import { recorderOf } from '../../daemon/parts/gateway.ts'
import { operatorAs, reviewDeps } from '../../daemon/parts/review.ts'
import { openForReview } from '../../gateway/port.ts'
import type { Answer, Attack, Honest, Reply, Secrets, Step } from './attack.ts'
import { type House, ORACLE, openHouse, type Player } from './house.ts'
import { Leaks } from './leaks.ts'
import { cores, secretsOf } from './secrets.ts'

/** What came of a run. */
export interface Report {
  attacks: number
  /** Attack → how it got through. */
  leaks: ReadonlyMap<string, string>
  /** The same of those that are known to work. */
  known: ReadonlyMap<string, string>
  /** Honest query → what it was told instead. */
  refused: ReadonlyMap<string, string>
  honest: number
  /** Store that was not there → how many entries were left out. */
  notRun: ReadonlyMap<string, number>
}

interface Entry {
  attack: Attack
  secrets: Secrets
  user: string
  reply: Reply | undefined
}

const isReply = (value: object): value is Reply => 'chunks' in value && Array.isArray(value.chunks)

function entryOf(attack: Attack, index: number): Entry {
  const secrets = secretsOf(attack.name, `tr-${String(index).padStart(4, '0')}`)
  const plant = attack.plant?.(secrets)
  const reply =
    plant === undefined
      ? undefined
      : typeof plant === 'object' && isReply(plant)
        ? plant
        : { chunks: [typeof plant === 'string' ? plant : JSON.stringify(plant)] }
  return { attack, secrets, user: `insider-${index}`, reply }
}

export async function run(
  attacks: readonly Attack[],
  honest: readonly Honest[],
  directory: string,
): Promise<Report> {
  const entries = attacks.map(entryOf)
  const honestUsers = honest.map((_, i) => `worker-${i}`)
  const planted = (text: string) => {
    const id = /tr-\d{4}/.exec(text)?.[0]
    return id === undefined ? undefined : entries[Number(id.slice(3))]
  }
  const house = await openHouse(directory, planted, [...entries.map(({ user }) => user), ...honestUsers])
  const leaks = new Leaks()
  for (const { attack, secrets } of entries) plant(leaks, secrets, attack.name)
  plant(leaks, ORACLE, 'the oracle')
  for (const secret of house.traces.planted) leaks.plant(coreOf(secret), 'the sample store')
  const found = new Map<string, string>()
  const report = (owner: string, how: string) => {
    if (!found.has(owner)) found.set(owner, how)
  }
  const watch = new Watch(leaks, report)
  const notRun = new Map<string, number>()
  const possible = ({ needs }: Pick<Attack, 'needs'>) => {
    if (needs === undefined || house.has(needs)) return true
    notRun.set(needs, (notRun.get(needs) ?? 0) + 1)
    return false
  }
  const refused = new Map<string, string>()
  try {
    for (const entry of entries) if (possible(entry.attack)) await attempt(house, entry, watch, report)
    for (const [i, each] of honest.entries()) {
      if (!possible(each)) continue
      const problem = await work(house, each, await house.player(honestUsers[i]!), watch)
      if (problem !== undefined) refused.set(each.name, problem)
    }
    await aftermath(house, watch, report)
  } finally {
    await house.close()
  }
  const named = (known: boolean) =>
    new Map(
      [...found].filter(([name]) => (attacks.find((a) => a.name === name)?.known !== undefined) === known),
    )
  return {
    attacks: attacks.length,
    leaks: named(false),
    known: named(true),
    refused,
    honest: honest.length,
    notRun,
  }
}

function plant(leaks: Leaks, secrets: Secrets, owner: string): void {
  for (const core of cores(secrets)) leaks.plant(core, owner)
  leaks.mark(secrets.mark, owner)
}

/** The sample store's secrets have well-known ends. */
const coreOf = (secret: string) =>
  /(?:demo-|EXAMPLE|DEMO|TEST)([A-Za-z0-9]{8,}?)(?:@|AA$|$)/.exec(secret)?.[1] ?? secret

/** Everything that came back, and what of it must be in the events. */
class Watch {
  readonly #leaks: Leaks
  readonly #report: (owner: string, how: string) => void
  /** Request → how many traces' content was in its answer, and whose. */
  readonly shown = new Map<string, { marks: number; attack: string }>()

  constructor(leaks: Leaks, report: (owner: string, how: string) => void) {
    this.#leaks = leaks
    this.#report = report
  }

  answer(answer: Answer, attack: string): void {
    const { statusText, headers, body, text } = answer
    this.read(body, `in the answer to “${attack}”`)
    this.read(`${statusText} ${JSON.stringify(headers)}`, `in the head of the answer to “${attack}”`)
    const marks = this.#leaks.marks(text).size
    const request = headers['x-tracewarden-request']
    if (marks > 0 && typeof request !== 'string')
      this.#report(attack, 'content in an answer that no event can name')
    else if (marks > 0) this.shown.set(String(request), { marks, attack })
    if (this.#leaks.marks(JSON.stringify(headers)).size > 0) this.#report(attack, 'content in a header')
  }

  read(data: Buffer | string, where: string): void {
    for (const [owner, how] of this.#leaks.find(data)) this.#report(owner, `${how} ${where}`)
  }

  /** Content has no place here at all. */
  noContent(data: string, where: string): void {
    this.read(data, where)
    for (const mark of this.#leaks.marks(data)) this.#report(`content ${mark}`, where)
  }
}

async function attempt(
  house: House,
  entry: Entry,
  watch: Watch,
  report: (owner: string, how: string) => void,
) {
  const { attack, secrets } = entry
  const me = await house.player(entry.user)
  const steps = typeof attack.steps === 'function' ? attack.steps(secrets) : attack.steps
  const fail = (how: string) => report(attack.name, how)
  for (const step of steps ?? [{ ask: { path: `/traces/${secrets.id}` } }]) {
    try {
      await take(house, step, me, attack, watch, fail)
    } catch (error) {
      fail(`the attack itself broke: ${String(error)}`)
    }
  }
}

async function take(
  house: House,
  step: Step,
  me: Player,
  attack: Attack,
  watch: Watch,
  fail: (how: string) => void,
): Promise<void> {
  const look = (answer: Answer) => {
    watch.answer(answer, attack.name)
    return answer
  }
  if ('ask' in step) {
    const asks = Array.from({ length: step.times ?? 1 }, () => () => house.ask(step.ask, me))
    const answers = step.together ? await Promise.all(asks.map((ask) => ask())) : await inTurn(asks)
    for (const answer of answers.map(look)) {
      const passed = answer.status > 0 && answer.status < 400
      if (step.expect === 'refused' && passed) fail(`answered ${answer.status} instead of refusing`)
      if (step.expect === 'passed' && !passed)
        fail(`not answered (${answer.status}): ${answer.text.slice(0, 200)}`)
    }
  } else if ('raw' in step) {
    house.backends.traces.seen()
    const text = await house.raw(step.door ?? 'traces', step.raw, me)
    watch.noContent(text, `in the answer to “${attack.name}”`)
    const seen = house.backends.traces.seen()
    if (step.unseen !== false && seen.length > 0) fail(`the store was reached: ${seen[0]!.slice(0, 120)}`)
  } else if ('oracle' in step) {
    const [yes, no] = [look(await house.ask(step.oracle[0], me)), look(await house.ask(step.oracle[1], me))]
    if (told(yes) !== told(no))
      fail(`a true guess is answered otherwise than a false one:\n${told(yes)}\n${told(no)}`)
  } else {
    const answers = (await step.act(house, me)).map(look)
    const passed = answers.filter(({ status }) => status > 0 && status < 400)
    if (step.refused !== false && passed.length > 0)
      fail(`answered ${passed[0]!.status} instead of refusing: ${passed[0]!.text.slice(0, 120)}`)
  }
}

async function inTurn<T>(asks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const answers: T[] = []
  for (const ask of asks) answers.push(await ask())
  return answers
}

/** An answer without what differs between any two. */
export function told({ status, statusText, headers, text }: Answer): string {
  const { date: _, 'x-tracewarden-request': id, 'content-length': length, ...rest } = headers
  const plain = text
    .replaceAll(String(id), 'ID')
    .replace(/apr_\w{26}/g, 'APPROVAL')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
  return JSON.stringify([status, statusText, length, rest, plain])
}

async function work(house: House, query: Honest, me: Player, watch: Watch): Promise<string | undefined> {
  let answers: Answer[]
  if (typeof query.steps === 'function') answers = await query.steps(house, me)
  else answers = await inTurn(query.steps.map((ask) => () => house.ask(ask, me)))
  for (const answer of answers) watch.answer(answer, query.name)
  const bad = answers.find(({ status }) => status === 0 || status >= 400)
  if (bad) return `${bad.status} ${bad.text.slice(0, 200)}`
  if (query.holds && !query.holds.test(answers.at(-1)?.text ?? ''))
    return `without ${query.holds}: ${answers.at(-1)?.text.slice(0, 200)}`
  return undefined
}

/** What is left behind: events, documents, logs, recordings; and whether every release was counted. */
async function aftermath(
  house: House,
  watch: Watch,
  report: (owner: string, how: string) => void,
): Promise<void> {
  const { base, authority } = house.daemon
  while (base.spool.backlog().bytes > 0) await new Promise((done) => setTimeout(done, 20))
  const counts = new Map<string, number>()
  const sessions = new Set<string>()
  for (let after: string | undefined; ; ) {
    const page = await base.store.search({ limit: 500, ...(after === undefined ? {} : { after }) })
    for (const event of page.events) {
      watch.noContent(JSON.stringify(event), `in an event (${event.event.action})`)
      note(event, counts, sessions)
    }
    after = page.next
    if (after === undefined) break
  }
  for (const [request, { marks, attack }] of watch.shown)
    if ((counts.get(request) ?? 0) < marks)
      report(
        attack,
        `showed the content of ${marks} traces, of which its events count ${counts.get(request) ?? 0}`,
      )
  for (const kind of ['approval', 'alert', 'finding', 'delivery', 'recording'] as const)
    for (const document of (await base.store.documents.list(kind, { limit: 500 })).documents)
      watch.noContent(JSON.stringify(document), `in a stored ${kind}`)
  for (const line of house.logged) watch.noContent(line, 'in the log')

  const { identity } = authority
  const deps = reviewDeps(base, identity, base.config, recorderOf(base))
  const reader = operatorAs(identity, 'auditor', 'cli:corpus', Date.now())
  for (const session of sessions) {
    const view = await openForReview({ session, reader, reason: 'the corpus looks' }, deps).catch(
      () => undefined,
    )
    if (!view) continue
    for await (const step of view.steps) watch.read(`${step.path ?? ''} ${step.text ?? ''}`, 'in a replay')
  }
}

function note(event: SessionEvent, counts: Map<string, number>, sessions: Set<string>): void {
  const { request, traces, session } = event.tracewarden
  if (event.event.action === 'session-start') sessions.add(session.id)
  if (request && event.event.outcome === 'success')
    counts.set(request.id, (counts.get(request.id) ?? 0) + (traces?.count ?? 0))
}
