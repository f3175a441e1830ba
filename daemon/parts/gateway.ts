import { join } from 'node:path'
import { iso } from '../../core/clock.ts'
import {
  budgetOf,
  createGateway,
  createHttpMetrics,
  createRecorder,
  createSessions,
  createWindows,
  type Gateway,
  type Recorder,
} from '../../gateway/port.ts'
import { type Foundation, recordingBlobs } from '../foundation.ts'
import type { Authority } from './authority.ts'
import type { Part } from './part.ts'
import { releasedSince } from './released.ts'

export interface GatewayPart extends Part {
  gateway: Gateway
  recorder: Recorder
}

const SWEEP = 60_000

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
  const windows = createWindows({ span, random })
  const personOf = (user: string) => {
    const person = identity.person(user)
    return person && budgetOf(person, (name) => identity.person(name))
  }
  windows.warm(await releasedSince(store, iso(clock.now() - span()), personOf))

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
  const gateway = createGateway({
    name: config.gateway,
    snapshot: () => policy.current(),
    keys: master,
    // Until detectors keep a risk per user, nobody has one.
    risk: () => 0,
    identity,
    approvals,
    windows,
    spool,
    sessions,
    clock,
    random,
    log,
    metrics,
  })
  await gateway.start()
  const timer = setInterval(() => {
    recorder
      .sweep(clock.now())
      .catch((error: unknown) => log.error({ err: error }, 'recordings: sweep failed'))
  }, SWEEP)
  timer.unref()

  return {
    name: 'gateway',
    gateway,
    recorder,
    async health() {
      const doors = Object.entries(gateway.addresses()).map(([name, address]) => `${name} at ${address}`)
      const detail = `${doors.join(', ') || 'no connections configured'}; ${sessions.active().length} sessions open`
      return { ok: true, detail }
    },
    reload: () => gateway.apply(),
    async stop(deadline) {
      clearInterval(timer)
      await gateway.drain(deadline)
      await recorder.close()
    },
  }
}
