import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics } from 'prom-client'
import type { HealthReport } from '../alerts/port.ts'
import { collectAlone } from '../core/heap.ts'
import type { Logger } from '../core/log.ts'
import type { MaskingCompiler, Provenance } from '../gateway/port.ts'
import type { Config } from './config/schema.ts'
import { createStanding, type Standing } from './config/standing.ts'
import { fail } from './errors.ts'
import { type Foundation, openFoundation } from './foundation.ts'
import { createHttp, parseAddress } from './http.ts'
import { startAlerts } from './parts/alerts.ts'
import { type Authority, gatewaySlice, startAuthority } from './parts/authority.ts'
import { startCollector } from './parts/collector.ts'
import { startDetection } from './parts/detectors.ts'
import { type GatewayPart, recorderOf, startGateway } from './parts/gateway.ts'
import type { Part } from './parts/part.ts'
import { startRecord } from './parts/record.ts'
import { ALL_ROLES, type Role } from './roles.ts'

/** What the one who starts it may add. */
export interface StartOptions {
  /** What the store needs before anything runs on it. */
  before?: (base: Foundation) => Promise<unknown>
  /** What the config was checked with. */
  masking?: MaskingCompiler
  /** The file the config was read from. */
  file?: Provenance
}

/** A running process. */
export interface Daemon {
  /** Base URL of the console, without a slash at the end. */
  console: string
  /** Connection → host:port. */
  doors: Readonly<Record<string, string>>
  base: Foundation
  authority: Authority
  /** In force. */
  config: () => Config
  standing: Standing
  /** Takes a new config whole, or says what is wrong with it and keeps the old one. */
  reload(config: Config, file?: Provenance): Promise<readonly string[]>
  health(): Promise<HealthReport>
  /** Drains and ends, in the opposite order of the start. */
  stop(deadline: number): Promise<void>
}

/** What a running process cannot change; a reload that touches these says so. */
const FIXED = ['gateway', 'data', 'keys', 'store', 'spool', 'retention', 'console', 'slack', 'log'] as const

/** Starts the roles; rejects, with everything closed again, where one cannot. */
export async function startDaemon(
  initial: Config,
  roles: readonly Role[],
  log: Logger,
  { before, masking, file }: StartOptions = {},
): Promise<Daemon> {
  collectAlone()
  let config = initial
  const has = (role: Role) => roles.includes(role)
  const name = roles.length === ALL_ROLES.length ? config.gateway : `${config.gateway}-${roles.join('-')}`
  const base = await openFoundation(config, log, name)
  collectDefaultMetrics({ register: base.metrics })
  const standing = createStanding(base.clock)
  const parts: Part[] = []
  let app: FastifyInstance | undefined
  let authority: Authority | undefined

  const health = async (): Promise<HealthReport> => {
    const store = await base.store.ping().then(
      () => ({ ok: true, detail: `${config.store.kind}, answering` }),
      (error: unknown) => ({ ok: false, detail: String(error) }),
    )
    const rows = await Promise.all(parts.map(async (part) => ({ name: part.name, ...(await part.health()) })))
    const all = [
      { name: 'store', ...store },
      { name: 'config', needed: false, ...standing.health() },
      ...(authority ? [{ name: 'identity', ...authority.health() }] : []),
      ...rows,
    ]
    return {
      ready: all.every((part) => part.ok || ('needed' in part && part.needed === false)),
      parts: all.map(({ name, ok, detail }) => ({ name, ok, detail })),
    }
  }
  const stop = async (deadline: number) => {
    await app?.close()
    for (const part of parts.reverse()) await part.stop(deadline)
    authority?.stop()
    await base.close()
  }

  try {
    await before?.(base)
    authority = await startAuthority(base, { ...(masking && { masking }), ...(file && { file }) })
    // The collector goes first and ends last, so that what the others record on their way out is shipped; before it
    // ends the record, so that the last checkpoint vouches for all of it.
    if (has('collector')) parts.push(await startCollector(base))
    parts.push(await startRecord(base))
    if (has('detectors')) parts.push(startDetection(base, () => config))
    let gateway: GatewayPart | undefined
    if (has('gateway')) {
      gateway = await startGateway(base, authority)
      parts.push(gateway)
    }
    const { identity, policy: inForce } = authority
    app = createHttp({
      health,
      metrics: base.metrics,
      log,
      async mayKnow(token) {
        const { admins, auditors } = inForce.current().config.policy
        const { person } = await identity.authenticate(token)
        return person.roles.some((role) => admins.includes(role) || auditors.includes(role))
      },
    })
    const { host, port } = parseAddress(config.console.listen)
    const url = config.console.url?.replace(/\/$/, '') ?? `http://${config.console.listen}`
    if (has('alerts')) {
      const recorder = gateway?.recorder ?? recorderOf(base)
      parts.push(
        await startAlerts(app, { base, authority, recorder, config: () => config, health, consoleUrl: url }),
      )
    }
    await app.listen({ host, port })
    const bound = app.server.address()
    const actual = typeof bound === 'object' && bound ? bound.port : port
    const { policy } = authority
    return {
      console: config.console.url ? url : `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
      doors: gateway?.gateway.addresses() ?? {},
      base,
      authority,
      config: () => config,
      standing,
      health,
      stop,
      async reload(next, from) {
        const outcome = await policy.replace(gatewaySlice(next), { via: 'file', ...(from && { file: from }) })
        if (!outcome.snapshot)
          return outcome.problems.map((problem) => `${problem.path.join('.')}: ${problem.message}`)
        const fixed = FIXED.filter((key) => JSON.stringify(next[key]) !== JSON.stringify(initial[key]))
        if (fixed.length) log.warn({ fixed }, 'these take effect at the next start')
        config = next
        standing.accepted(fixed)
        authority?.identity.reconfigure(next.identity)
        for (const part of parts) await part.reload?.()
        const { hash, version } = policy.current()
        log.warn({ policy: hash, version }, 'config reloaded')
        return []
      },
    }
  } catch (error) {
    await stop(0)
    throw addressInUse(error) ?? error
  }
}

function addressInUse(error: unknown): Error | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) return undefined
  const { address, port } = error as Error & { address?: string; port?: number }
  return fail('TW_ADDRESS_IN_USE', { address: `${address}:${port}` }, error)
}
