import type { Clock } from '../../../../core/clock.ts'
import type { Logger } from '../../../../core/log.ts'
import type { Random } from '../../../../core/random.ts'
import type { PostgresConnection } from '../../../config/postgres.ts'
import type { Snapshot } from '../../../policy/policy.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { loadCatalogue, readEpoch } from '../catalogue/load.ts'
import type { StatementContext, Statements } from '../statement/plan.ts'
import { compilePostgresPolicy } from '../statement/sensitivity/policy.ts'
import { openStatements } from '../statement/statements.ts'
import { ask } from './control.ts'
import { type Link, openLink } from './link.ts'
import { inspectRole } from './role.ts'
import type { SaltedPasswords } from './scram.ts'

/**
 * The database behind a door, as the gateway itself sees it over a session of its own, the *control* session: the
 * catalogue and its epoch, whether the role is what it must be, what the server says of itself. Clients have sessions
 * of their own, `attach`ed at their first statement.
 */
export interface Database {
  readonly statements: Statements
  /** Connects, checks role and version, reads the catalogue, unless that is done. @throws TW_PG_BACKEND_… */
  ready(): Promise<void>
  /** What statements are judged against now: the catalogue is at most a second old. Equal for equal input. */
  context(snapshot: Snapshot, searchPath: readonly string[]): StatementContext | Promise<StatementContext>
  /** Asks the database, from now on, whether the catalogue is still this one; if not, the new one is read. */
  unchanged(context: StatementContext): Promise<boolean>
  /** ParameterStatus of the server. */
  parameters(): ReadonlyMap<string, string>
  attach(parameters: Readonly<Record<string, string>>): Promise<Link>
  close(): void
}

export interface DatabaseDeps {
  clock: Clock
  random: Random
  log: Logger
}

/** How old the knowledge of the catalogue may be, ms. */
const STALE = 1_000
const APPLICATION = 'tracewarden'

export function openDatabase(connection: PostgresConnection, deps: DatabaseDeps): Database {
  const { backend } = connection
  const { clock, random, log } = deps
  const salted: SaltedPasswords = new Map()
  let statements: Statements | undefined
  const contexts = new Map<string, StatementContext>()
  let policyOf: { snapshot: Snapshot; policy: StatementContext['policy'] } | undefined
  let link: Link | undefined
  let catalogue: Catalogue | undefined
  /** When the last look at the epoch began, on the monotonic clock. */
  let looked = Number.NEGATIVE_INFINITY
  let opening: Promise<void> | undefined
  let closed = false
  /** The control session does one thing after the other. */
  let turn: Promise<unknown> = Promise.resolve()
  let waiting: Promise<void> | undefined

  const own = { application_name: APPLICATION, client_encoding: 'UTF8', DateStyle: 'ISO', search_path: '' }

  function inTurn<T>(act: (control: Link) => Promise<T>): Promise<T> {
    const done = turn.then(() => act(control()))
    turn = done.catch(() => undefined)
    return done
  }

  function control(): Link {
    if (!link) throw new Error('the control session is not open')
    return link
  }

  async function open(): Promise<void> {
    const fresh = await openLink({ backend, random, salted, parameters: own })
    try {
      await inspectRole((sql) => ask(fresh, sql))
      looked = clock.monotonic()
      adopt(await loadCatalogue((sql) => ask(fresh, sql)))
    } catch (error) {
      fresh.close()
      throw error
    }
    if (closed) return fresh.close()
    link = fresh
  }

  function adopt(next: Catalogue): void {
    if (catalogue?.epoch !== next.epoch) contexts.clear()
    catalogue = next
  }

  async function ready(): Promise<void> {
    if (link?.inbox.closed) {
      link = undefined
      log.warn('postgres: the control session broke off')
    }
    statements ??= await openStatements()
    if (link) return
    opening ??= open().finally(() => {
      opening = undefined
    })
    await opening
  }

  /** Looks at the epoch; all who ask before it begins share one look. */
  function look(): Promise<void> {
    waiting ??= inTurn(async (control) => {
      waiting = undefined
      const began = clock.monotonic()
      const query = (sql: string) => ask(control, sql)
      const epoch = await readEpoch(query)
      if (epoch !== catalogue?.epoch) adopt(await loadCatalogue(query))
      looked = began
    })
    return waiting
  }

  function contextOf(snapshot: Snapshot, searchPath: readonly string[]): StatementContext {
    if (policyOf?.snapshot !== snapshot) {
      const policy = compilePostgresPolicy(connection, snapshot.config.masking, snapshot.masking)
      if (policyOf?.policy.hash !== policy.hash) contexts.clear()
      policyOf = { snapshot, policy: policyOf?.policy.hash === policy.hash ? policyOf.policy : policy }
    }
    const key = searchPath.join('\n')
    let context = contexts.get(key)
    if (!context) {
      // One context a path; a client that makes up many must not fill the memory.
      if (contexts.size > 100) contexts.clear()
      context = Object.freeze({
        catalogue: catalogue!,
        policy: policyOf.policy,
        searchPath: [...searchPath],
        role: backend.user,
      })
      contexts.set(key, context)
    }
    return context
  }

  return {
    get statements() {
      if (!statements) throw new Error('the database is not ready')
      return statements
    },
    ready,
    context(snapshot, searchPath) {
      if (link && !link.inbox.closed && clock.monotonic() - looked < STALE)
        return contextOf(snapshot, searchPath)
      return ready()
        .then(() => (clock.monotonic() - looked < STALE ? undefined : look()))
        .then(() => contextOf(snapshot, searchPath))
    },
    async unchanged(context) {
      await ready()
      await look()
      return catalogue?.epoch === context.catalogue.epoch
    },
    parameters: () => link?.parameters ?? new Map(),
    attach: (parameters) => openLink({ backend, random, salted, parameters }),
    close() {
      closed = true
      link?.close()
    },
  }
}
