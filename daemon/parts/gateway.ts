import { join } from 'node:path'
import { iso } from '../../core/clock.ts'
import { startRiskReader } from '../../detectors/port.ts'
import {
  budgetOf,
  createGateway,
  createHttpMetrics,
  createPostgresMetrics,
  createQuotas,
  createRecorder,
  createS3Metrics,
  createSessions,
  createWindows,
  type Gateway,
  type Recorder,
  sharedWindows,
} from '../../gateway/port.ts'
import { type Foundation, recordingBlobs } from '../foundation.ts'
import { spoolDirectories } from '../spools.ts'
import type { Authority } from './authority.ts'
import type { Part } from './part.ts'
import { releasedSince } from './released.ts'

export interface GatewayPart extends Part {
  gateway: Gateway
  recorder: Recorder
}

const SWEEP = 60_000
/** How often a door that could not be opened is tried again, ms. */
const MEND = 5_000

/** Recordings of this machine: parts in the spool, sealed ones in the blobs. */
export const recorderOf = ({ config, data, store, master, clock, random, log }: Foundation): Recorder =>
  createRecorder(
    {
      max_session: config.recording.max_session,
      retention: config.retention.recordings,
      sync: config.spool.sync,
    },
    {
      directory: join(data, 'spool', 'recordings'),
      blobs: recordingBlobs(data),
      documents: store.documents,
      gateway: config.gateway,
      master,
      clock,
      random,
      log,
    },
  )

/** The doors, with windows that remember what was released before a restart. */
export async function startGateway(base: Foundation, authority: Authority): Promise<GatewayPart> {
  const { config, spool, store, clock, random, log, master } = base
  const { identity, policy, approvals } = authority
  const span = () => policy.current().config.policy.limits.window
  const local = createWindows({ span, random })
  const shared = config.store.kind === 'elasticsearch'
  const personOf = (user: string) => {
    const person = identity.person(user)
    return person && budgetOf(person, (name) => identity.person(name))
  }
  const sources = { store, directories: spoolDirectories(base.data) }
  // What other replicas released stands in what they have reserved.
  const ours = shared ? (chain: string) => chain.startsWith(`${base.name}~`) : undefined
  local.warm(await releasedSince(sources, iso(clock.now() - span()), personOf, ours))
  const windows = shared
    ? sharedWindows({
        local,
        quotas: createQuotas({ documents: store.documents, keyRing: base.keys, clock, random }),
        gateway: base.name,
        span,
        limits: () => policy.current().config.policy.limits,
        log,
      })
    : local

  const recorder = recorderOf(base)
  await recorder.sweep(clock.now())
  const metrics = createHttpMetrics(base.metrics)
  const sessions = createSessions({
    spool,
    clock,
    random,
    log,
    recorder: () => (policy.current().config.recording.enabled ? recorder : undefined),
    idle: (name) => policy.current().config.connections.find((c) => c.name === name)?.idle ?? 15 * 60_000,
    maxRecording: () => policy.current().config.recording.max_session,
    count: (name, by) => metrics.sessions.inc({ connection: name }, by),
  })
  const risk = startRiskReader({ store, keyRing: base.keys, clock, log })
  const gateway = createGateway({
    name: config.gateway,
    snapshot: () => policy.current(),
    keys: master,
    risk: risk.of,
    identity,
    approvals,
    windows,
    spool,
    sessions,
    clock,
    random,
    log,
    metrics: {
      http: metrics,
      postgres: createPostgresMetrics(base.metrics),
      s3: createS3Metrics(base.metrics),
    },
    copies: join(base.data, 'copies'),
  })
  await gateway.start()
  const timer = setInterval(() => {
    recorder
      .sweep(clock.now())
      .catch((error: unknown) => log.error({ err: error }, 'recordings: sweep failed'))
  }, SWEEP)
  timer.unref()

  /** Doors that the config asks for and that are not open. */
  const missing = () => {
    const open = gateway.addresses()
    return policy.current().config.connections.filter(({ name }) => open[name] === undefined)
  }
  let trouble: string | undefined
  const apply = async () => {
    try {
      await gateway.apply()
      trouble = undefined
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (reason !== trouble) log.error({ err: error }, 'a door cannot be opened; it is tried again')
      trouble = reason
    }
  }
  const mending = setInterval(() => missing().length > 0 && void apply(), MEND)
  mending.unref()

  return {
    name: 'gateway',
    gateway,
    recorder,
    async health() {
      const doors = Object.entries(gateway.addresses()).map(([name, address]) => `${name} at ${address}`)
      const closed = missing().map(
        ({ name, listen }) => `${name} NOT open at ${listen}: ${trouble ?? 'opening'}`,
      )
      const detail = `${[...closed, ...doors].join(', ') || 'no connections configured'}; ${sessions.active().length} sessions open`
      // The other doors serve: this alone takes no process out of rotation.
      return { ok: closed.length === 0, needed: false, detail }
    },
    reload: apply,
    async stop(deadline) {
      clearInterval(timer)
      clearInterval(mending)
      risk.stop()
      await gateway.drain(deadline)
      await recorder.close()
    },
  }
}
