import type { Store } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import { newId } from '../../core/ids.ts'
import type { Logger } from '../../core/log.ts'
import { type Random, systemRandom } from '../../core/random.ts'
import type { KeyRing } from '../../core/signing.ts'
import { assetWeight } from '../assets.ts'
import type { DetectorsConfig } from '../config.ts'
import { createDesk, type Desk } from '../desk/desk.ts'
import { detectorsOf } from '../detectors.ts'
import { createEngine } from '../engine/engine.ts'
import type { Counters, Engine } from '../engine/options.ts'
import { fail } from '../errors.ts'
import { createFeedbackReader } from '../feedback/feedback.ts'
import type { Finding, Notice } from '../finding.ts'
import type { DetectorsMetrics } from '../metrics.ts'
import { createRiskWriter } from '../risk/book.ts'
import { createAftermath, marked } from './aftermath.ts'
import { createCheckpoint } from './checkpoint.ts'
import { HOUR, inContext } from './context.ts'
import { createLease, isConflict, type LeaseTimes, type Share, TIMES } from './lease.ts'
import { createMerge, type Merge } from './merge.ts'
import { PARTITIONS, partitionOf } from './partitions.ts'
import { publish } from './publish.ts'

/**
 *   standing by ─share─▶ loading ─▶ reading ⇄ saving ─stop─▶ saved, released
 *        ▲                  ▲          │
 *        │                  └─ saved ◀─┤   the share of users grew or shrank
 *        └──── any failure ◀───────────┘   what was read since the last saving is read again
 *
 * Every process reads all events, and detects for its share of the users.
 */
export interface DetectorsDeps {
  /** The config in force; a new object is a new config, taken over without losing a baseline. */
  config: () => DetectorsConfig
  store: Store
  keyRing: KeyRing
  clock: Clock
  log: Logger
  metrics: DetectorsMetrics
  random?: Random
  /** ms between looks at the store; `wake` looks at once. */
  poll?: number
  /** ms between savings. */
  interval?: number
  lease?: LeaseTimes
}

export interface RunningDetectors {
  /** There may be new events. */
  wake(): void
  /** For /readyz: whether the last look at the store succeeded, and for how many partitions this process detects. */
  health(): { ok: boolean; leading: boolean; partitions: number; reason?: string }
  /** Saves, releases the lease, ends. */
  stop(): Promise<void>
}

const PAGE = 2500
/** Events judged in one turn of the event loop: others live in this process. */
const TURN = 200
/** Saving takes at most this part of the time, */
const PART = 0.1
/** but comes at least so often, in intervals: what was not saved is read again by whoever takes over. */
const LATEST = 3
const LONGEST_PAUSE = 5_000

interface Session {
  share: Share
  engine: Engine
  desk: Desk
  weigh: (finding: Finding) => number
  /** Found by detectors in shadow since the last look. */
  shadow: Finding[]
  merge: Merge
  config: DetectorsConfig
  since: number
  /** When it is saved next, on the monotonic clock. */
  due: number
  unsaved: boolean
}

export function startDetectors(deps: DetectorsDeps): RunningDetectors {
  const { store, clock, log, metrics, poll = 400, interval = 10_000 } = deps
  const holder = newId(clock, deps.random ?? systemRandom)
  const lease = createLease(store, 'detectors', holder, clock, deps.lease)
  const checkpoint = createCheckpoint(store, deps.keyRing, clock, lease.hold)
  const risk = createRiskWriter(store, deps.keyRing, clock)
  const feedback = createFeedbackReader({ documents: store.documents, keyRing: deps.keyRing, clock, log })
  const complete = createAftermath(store, clock)
  let session: Session | undefined
  let stopping = false
  let problem: string | undefined
  let failures = 0
  let rouse = () => {}
  let woken = false

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      if (woken || stopping) {
        woken = false
        return resolve()
      }
      const timer = setTimeout(() => rouse(), ms)
      rouse = () => {
        clearTimeout(timer)
        rouse = () => {}
        woken = false
        resolve()
      }
    })

  const open = async (share: Share): Promise<Session> => {
    const config = deps.config()
    const shadow: Finding[] = []
    const engine = createEngine({
      config,
      detectors: detectorsOf(config),
      shadow: (finding) => shadow.push(finding),
      forgives: feedback.forgives,
      part: { owns: (user) => share.has(partitionOf(user)), share: share.size / PARTITIONS },
    })
    const loaded = await checkpoint.load(engine, [...share.keys()])
    const desk = createDesk(config, { documents: store.documents, keyRing: deps.keyRing, clock, feedback })
    const worth = assetWeight(config.assets)
    const weigh = ({ evidence }: Finding) => worth(evidence.collections)
    metrics.untrusted.inc(loaded.problems.length)
    for (const reason of loaded.problems.slice(0, 20))
      log.error(
        { err: fail('TW_DETECTORS_BASELINE_UNTRUSTED', { id: 'a user', reason }) },
        'a baseline starts anew',
      )
    const since = loaded.since ?? clock.now() - config.horizon
    log.info(
      { users: loaded.users, first: loaded.since === undefined, partitions: share.size },
      'detection begins',
    )
    const merge = createMerge(store, loaded.cursor)
    return {
      share,
      engine,
      desk,
      weigh,
      shadow,
      merge,
      config,
      since,
      due: clock.monotonic() + interval,
      unsaved: loaded.since === undefined,
    }
  }

  const save = async (current: Session) => {
    if (!current.unsaved) return
    const started = clock.monotonic()
    await checkpoint.save(current.engine, current.merge.cursor(), current.since)
    const took = clock.monotonic() - started
    metrics.checkpoint.observe(took / 1000)
    metrics.users.set(current.engine.counters.users)
    current.due = started + took + Math.min(Math.max(interval, took / PART), interval * LATEST)
    current.unsaved = false
  }

  const tell = async (current: Session, findings: readonly Finding[]) => {
    const told: Finding[] = []
    for (const finding of findings) {
      if (Date.parse(finding['@timestamp']) < current.since) continue
      const over = settled(current)
      const context = (one: Finding) =>
        inContext(store, one, log, Date.parse(one['@timestamp']) + HOUR <= over)
      const placed = await publish(store, current.desk, finding, context, (one) => marked(one, over))
      if (!placed) continue
      const { id, detector, severity, user, notice } = placed
      if (counts(notice)) told.push(placed)
      metrics.findings.inc({ detector, severity, notice: notice?.to ?? 'alert' })
      log.info({ finding: id, detector, user: user?.id, notice }, placed.summary)
    }
    await risk.add(told, current.config.risk, current.weigh)
    // Whoever takes over goes on from what was told, and does not come to it another way.
    if (told.length && lease.held())
      await checkpoint.saveUsers(current.engine, new Set(told.flatMap(({ user }) => user?.id ?? [])))
  }

  /** ms: what happened before it has come in, late as it may. */
  const settled = ({ config }: Session) => clock.now() - config.lateness

  /** One look at the store. @returns whether there is more: what trickles in is fetched at the next look, not at once. */
  const step = async (current: Session): Promise<boolean> => {
    const { engine } = current
    const before = { ...engine.counters }
    const events = await current.merge.next(PAGE)
    const found: Finding[] = []
    for (const [i, event] of events.entries()) {
      if (i % TURN === TURN - 1) await new Promise(setImmediate)
      found.push(...engine.push(event))
    }
    // The wall clock counts only once everything there is has been read, or history would be late.
    if (events.length === 0) found.push(...engine.advance(clock.now()))
    count(metrics, before, engine.counters)
    // The last of them may have come late.
    const newest = events.reduce((most, event) => Math.max(most, Date.parse(event['@timestamp'])), -Infinity)
    if (events.length) metrics.lag.set(Math.max(0, (clock.now() - newest) / 1000))
    found.push(...current.shadow.splice(0))
    if (events.length || found.length) current.unsaved = true
    await tell(current, found)
    return current.merge.behind()
  }

  const run = async () => {
    while (!stopping) {
      try {
        const share = await lease.hold()
        metrics.leading.set(share.size ? 1 : 0)
        metrics.partitions.set(share.size)
        if (session && !keeps(share, session.share)) {
          log.warn({ err: fail('TW_DETECTORS_LEASE_LOST', { holder: 'another' }) }, 'reading again')
          session = undefined
        }
        if (session && lease.held() && changed(session, share)) {
          // The engine is rebuilt, with new options or for more users or fewer, from what the old one knows.
          await save(session)
          session = undefined
          if (lease.surplus().length) {
            await lease.release(lease.surplus())
            continue
          }
        }
        if (share.size === 0) {
          problem = undefined
          await pause(Math.min(1000, (deps.lease ?? TIMES).ttl / 3))
          continue
        }
        session ??= await open(share)
        await feedback.refresh()
        const more = await step(session)
        if (clock.monotonic() >= session.due && lease.held()) await save(session)
        problem = undefined
        failures = 0
        if (!more && lease.held()) await complete(settled(session), (user) => share.has(partitionOf(user)))
        if (!more) await pause(poll)
        else await new Promise(setImmediate)
      } catch (error) {
        session = undefined
        problem = error instanceof CodedError ? `${error.code}: ${error.message}` : String(error)
        if (isConflict(error)) log.warn({ err: error }, 'another process wrote a baseline; reading again')
        else log.error({ err: error }, 'detection stopped; it begins again where it last saved')
        await pause(Math.min(LONGEST_PAUSE, 100 * 2 ** failures++))
      }
    }
    try {
      if (session && lease.held()) await save(session)
      await lease.release()
    } catch (error) {
      log.warn({ err: error }, 'not saved at the end; what is missing is read again')
    }
  }
  const changed = (current: Session, share: Share) =>
    current.config !== deps.config() || share.size > current.share.size || lease.surplus().length > 0
  const running = run()

  return {
    wake() {
      woken = true
      rouse()
    },
    health: () => ({
      ok: problem === undefined,
      leading: session !== undefined,
      partitions: session?.share.size ?? 0,
      ...(problem && { reason: problem }),
    }),
    async stop() {
      stopping = true
      rouse()
      await running
    },
  }
}

/** Into risk: what alerts, and what only the budget or the hour keeps in the digest. */
const counts = (notice: Notice | undefined) => notice?.by !== 'shadow' && notice?.by !== 'verdict'

/** Whether everything that was held is held still, and was in between. */
const keeps = (share: Share, before: Share) =>
  [...before].every(([partition, fence]) => share.get(partition) === fence)

function count(metrics: DetectorsMetrics, before: Counters, after: Counters) {
  const set = (result: string, n: number) => n > 0 && metrics.events.inc({ result }, n)
  const aside = ['repeated', 'late', 'anonymous', 'future', 'elsewhere'] as const
  for (const result of aside) set(result, after[result] - before[result])
  const used = aside.reduce((sum, result) => sum + after[result] - before[result], 0)
  set('taken', after.events - before.events - used)
}
