import { canonical as canonicalJson } from '../core/canonical.ts'
import { iso } from '../core/clock.ts'
import type { EventAction, EventDraft } from '../core/event.ts'
import type { ConnectionConfig } from './config.ts'
import type { DoorDeps, OpenDoor } from './doors/door.ts'
import { createHttpDoor } from './doors/http/door.ts'
import type { HttpMetrics } from './doors/http/metrics.ts'
import { createPostgresDoor } from './doors/postgres/door.ts'
import type { PostgresMetrics } from './doors/postgres/metrics.ts'
import { createS3Door } from './doors/s3/door.ts'
import type { S3Metrics } from './doors/s3/metrics.ts'
import { warmMasking } from './masking/compile.ts'

/** All doors of this process: opened from the config, reopened where it changed, drained at the end. */
export interface Gateway {
  /**
   * Opens a door per connection, once masking is ready to run. Rejects, with all closed again, where a port cannot be
   * had; with TW_MASK_NO_SIMD where this machine cannot mask.
   */
  start(): Promise<void>
  /**
   * After a config swap: closes doors whose connection changed or went, opens new ones. Doors that did not change
   * stay, and take the new policy with their next request. Rejects where a new door cannot be opened; the others stand.
   */
  apply(): Promise<void>
  /** Connection name → host:port it listens on. */
  addresses(): Readonly<Record<string, string>>
  /** Lets what is under way end, at most this long; then sessions end and the doors are gone. */
  drain(deadlineMs: number): Promise<void>
}

export interface GatewayDeps extends DoorDeps {
  /** The gateway's name, as events know it. */
  name: string
  metrics: { http: HttpMetrics; postgres: PostgresMetrics; s3: S3Metrics }
  /** A directory of this process for masked copies of objects, encrypted; what is in it at the start is removed. */
  copies: string
}

/** Doors that a config swap closes may take this long for what is under way, ms. */
const SWAP_DEADLINE = 10_000
const SWEEP = 1_000

export function createGateway(deps: GatewayDeps): Gateway {
  const doors = new Map<string, { key: string; door: OpenDoor; address: string }>()
  let timer: NodeJS.Timeout | undefined
  let turn: Promise<void> = Promise.resolve()

  async function open(connection: ConnectionConfig) {
    const door = doorOf(connection, deps)
    const { address } = await door.listen().catch(async (error: unknown) => {
      await door.close(0)
      throw error
    })
    doors.set(connection.name, { key: doorKey(connection), door, address })
    deps.log.info({ connection: connection.name, address, mode: connection.mode }, 'door open')
  }

  async function close(name: string, deadlineMs: number) {
    const open = doors.get(name)
    doors.delete(name)
    await open?.door.close(deadlineMs)
  }

  async function reconcile() {
    warmMasking(deps.snapshot().masking)
    const wanted = new Map(deps.snapshot().config.connections.map((c) => [c.name, c]))
    const stale = [...doors].filter(([name, { key }]) => {
      const connection = wanted.get(name)
      return !connection || doorKey(connection) !== key
    })
    await Promise.all(stale.map(([name]) => close(name, SWAP_DEADLINE)))
    const missing = [...wanted.values()].filter((connection) => !doors.has(connection.name))
    const opened = await Promise.allSettled(missing.map(open))
    const failed = opened.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  function sweep() {
    for (const { door } of doors.values()) door.sweep()
    deps.sessions.sweep().catch((error: unknown) => deps.log.error({ err: error }, 'sessions: sweep failed'))
    const suspended = new Set(
      deps.sessions
        .active()
        .map((session) => session.identity.person.user)
        .filter((user) => deps.identity.suspended(user)),
    )
    for (const user of suspended)
      deps.sessions
        .endUser(user, 'killed', 'access was suspended')
        .catch((error: unknown) => deps.log.error({ err: error }, 'sessions: kill failed'))
  }

  const note = (action: EventAction): EventDraft => ({
    '@timestamp': iso(deps.clock.now()),
    event: { kind: 'event', category: ['process'], type: ['info'], action, outcome: 'success' },
    observer: { name: deps.name },
    tracewarden: { session: { id: `gateway:${deps.name}` }, policy: deps.snapshot().hash },
  })

  return {
    async start() {
      await deps.spool.append([note('gateway-start')])
      try {
        await reconcile()
      } catch (error) {
        await Promise.all([...doors.keys()].map((name) => close(name, 0)))
        throw error
      }
      timer = setInterval(sweep, SWEEP)
      timer.unref()
    },
    apply() {
      // One swap after the other, whatever the first came to.
      turn = turn.catch(() => undefined).then(reconcile)
      return turn
    },
    addresses: () => Object.fromEntries([...doors].map(([name, { address }]) => [name, address])),
    async drain(deadlineMs) {
      clearInterval(timer)
      await turn.catch(() => undefined)
      await Promise.all([...doors.keys()].map((name) => close(name, deadlineMs)))
      await deps.sessions.close()
      await deps.spool.append([note('gateway-stop')])
    },
  }
}

function doorOf(connection: ConnectionConfig, deps: GatewayDeps): OpenDoor {
  switch (connection.protocol) {
    case 'http':
      return createHttpDoor(connection, { ...deps, metrics: deps.metrics.http })
    case 'postgres':
      return createPostgresDoor(connection, { ...deps, metrics: deps.metrics.postgres })
    case 's3':
      return createS3Door(connection, { ...deps, metrics: deps.metrics.s3 })
  }
}

/** What of a connection's config a door is made of: another one needs another door. */
const doorKey = (connection: ConnectionConfig): string => canonicalJson(connection)
