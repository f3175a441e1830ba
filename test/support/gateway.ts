import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { openDirectoryBlobs, openSpool, openStore, type Spool, spoolConfig } from '../../collector/port.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import type { EventDraft, SessionEvent } from '../../core/event.ts'
import { createLogger } from '../../core/log.ts'
import { type Random, systemRandom } from '../../core/random.ts'
import { openMasterKey } from '../../core/secrets.ts'
import { openKeyRing } from '../../core/signing.ts'
import {
  compilePolicy,
  createApprovals,
  createGateway,
  createHttpMetrics,
  createIdentity,
  createPostgresMetrics,
  createRecorder,
  createS3Metrics,
  createSessions,
  createWindows,
  decoysOf,
  type GatewayConfig,
} from '../../gateway/port.ts'

export interface Wiring {
  config: GatewayConfig
  /** Options of the spool, as in a config. */
  spool?: Record<string, unknown>
  clock?: Clock
  /** What tests draw is the same each time; what benchmarks draw is as in earnest. */
  random?: Random
  /** Whether what clients see is recorded; it is, by default. */
  recording?: boolean
  /** What stands between the gateway and its spool. */
  around?: (spool: Spool) => Spool
}

const NAME = 'gateway-1'
const HOUR = 3_600_000

/**
 * The whole gateway of real parts, as the daemon puts it together, listening: what tests and benchmarks of a door stand
 * on. Its files lie in a directory of its own, which goes with `close`.
 */
export async function startWholeGateway({
  config: given,
  clock = systemClock,
  random = systemRandom,
  ...wiring
}: Wiring) {
  // Not a test's own: a test may have two gateways, and tap makes that one anew each time it is asked for.
  const directory = mkdtempSync(join(tmpdir(), 'tracewarden-house-'))
  const logged: string[] = []
  const log = createLogger('warn', { write: (line: string) => void logged.push(line) })
  const master = openMasterKey(join(directory, 'keys'), random)
  const keyRing = openKeyRing(join(directory, 'keys'), 'gateway')
  const store = await openStore({ kind: 'embedded', file: ':memory:' }, { dataDir: directory, log, clock })
  const { documents } = store
  const common = { master, clock, random, log }
  const disk = await openSpool(spoolConfig.parse(wiring.spool ?? {}), {
    ...{ directory: join(directory, 'spool'), gateway: NAME, ...common },
  })
  const spool = wiring.around?.(disk) ?? disk
  const emit = async (draft: EventDraft) => void (await spool.append([draft]))

  let config = given
  let version = 1
  let snapshot = compilePolicy(config, { version })
  const identity = createIdentity(config.identity, { documents, keyRing, emit, ...common })
  await identity.start()
  const { max_session } = config.recording
  const recorder = createRecorder(
    { max_session, retention: 24 * HOUR },
    {
      ...{ directory: join(directory, 'parts'), blobs: openDirectoryBlobs(join(directory, 'blobs')) },
      ...{ documents, gateway: NAME, ...common },
    },
  )
  const registry = new Registry()
  const metrics = {
    http: createHttpMetrics(registry),
    postgres: createPostgresMetrics(registry),
    s3: createS3Metrics(registry),
  }
  const sessions = createSessions({
    ...{ spool, clock, random, log, maxRecording: () => max_session },
    recorder: () => (wiring.recording === false ? undefined : recorder),
    idle: () => config.connections[0]?.idle ?? HOUR,
    count: (name, by) => metrics.http.sessions.inc({ connection: name }, by),
  })
  const approvals = createApprovals({
    ...{ documents, keyRing, emit, clock, random, log, config: () => config },
    person: (user) => identity.person(user),
  })
  const gateway = createGateway({
    ...{ name: NAME, identity, approvals, spool, sessions, clock, random, log, metrics, keys: master },
    snapshot: () => snapshot,
    windows: createWindows({ span: () => config.policy.limits.window, random }),
    copies: join(directory, 'copies'),
    risk: () => 0,
  })
  await gateway.start()
  return {
    ...{ gateway, identity, approvals, sessions, recorder, registry, logged },
    /** A new token of a user, for an hour. */
    token: async (user: string) => (await identity.createToken({ user, ttl: HOUR, by: user })).secret,
    /** The decoys of the config in force. */
    decoys: () => decoysOf(config, master).all,
    reconfigure(change: (config: GatewayConfig) => GatewayConfig) {
      config = change(config)
      version++
      snapshot = compilePolicy(config, { version })
    },
    async close() {
      await gateway.drain(1_000)
      identity.stop()
      await recorder.close()
      await disk.close()
      await store.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Keeps what goes to the spool, and can make the disk fail. */
export function createWitness() {
  const events: SessionEvent[] = []
  let broken: ((draft: EventDraft) => boolean) | undefined
  return {
    events,
    /** Events of requests, without the house's own. */
    told: (action?: string) => events.filter((e) => !action || e.event.action === action),
    /** The disk takes no event like this any more. */
    failDisk(match: ((draft: EventDraft) => boolean) | undefined) {
      broken = match
    },
    around: (disk: Spool): Spool =>
      Object.create(disk, {
        append: {
          value: async (drafts: readonly EventDraft[]) => {
            if (broken && drafts.some(broken)) throw new Error('no space left on device')
            const written = await disk.append(drafts)
            events.push(...written.map(({ event }) => event))
            return written
          },
        },
      }),
  }
}
