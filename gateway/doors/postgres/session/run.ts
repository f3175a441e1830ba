import { CodedError } from '../../../../core/errors.ts'
import { unrecorded } from '../../inquiry/commit.ts'
import { decide } from '../../inquiry/decide.ts'
import { blocked } from '../../inquiry/settle.ts'
import { fail } from '../errors.ts'
import type { StatementPlan } from '../statement/plan.ts'
import type { Client } from './client.ts'
import { Execution, type Request } from './execution.ts'
import { factsOf, factsOfRefusal, Statement, StatementRefused } from './statement.ts'

/** A statement begins: who, in which session, and what it is. @throws the refusal */
export async function begin(client: Client, text: string, params?: Uint8Array): Promise<Statement> {
  const { door } = client
  const x = new Statement(client, door.newId(), text, params)
  await enter(client, x)
  const context = door.database.context(x.snapshot, client.searchPath)
  x.context = context instanceof Promise ? await context : context
  return x
}

/** A statement, or a part of it, runs in this client’s session. @throws TW_AUTH_SUSPENDED… */
export async function enter(client: Client, x: Statement): Promise<void> {
  const { door } = client
  client.current = x
  const refusal = door.identity.refusal(client.identity.person.user)
  if (refusal) throw refusal
  const rechecking = client.recheck?.()
  if (rechecking) await rechecking.catch((error: unknown) => lost(client, error))
  const entering = door.sessions.enter(client.opening())
  if (entering instanceof Promise)
    x.session = await entering.catch((error: unknown) => {
      throw unrecorded(error)
    })
  else x.session = entering
  client.takesPart(x.session)
}

/** Whose credential is no good any more has said the last: the connection ends with this statement. */
function lost(client: Client, error: unknown): never {
  if (error instanceof CodedError && GONE.has(error.code)) client.ending = error
  throw error
}
const GONE: ReadonlySet<string> = new Set(['TW_AUTH_REVOKED', 'TW_AUTH_EXPIRED'])

/** What it is. @throws StatementRefused */
export function judged(client: Client, x: Statement): StatementPlan {
  const { door } = client
  const { plan, refusal } = door.database.statements.compile(x.text, x.context!)
  if (refusal) {
    const observing = door.connection.mode === 'observe'
    const observed = observing ? door.database.statements.observed(x.text, x.context!, refusal) : undefined
    if (observed) return observed
    x.facts = factsOfRefusal(door, x, refusal)
    throw new StatementRefused(refusal)
  }
  return plan
}

/** Policy, from the statement alone. What needs an approval goes on: its rows say for how much to ask. */
export function decided(client: Client, x: Statement, plan: StatementPlan): void {
  const { door } = client
  x.plan = resolved(client, plan)
  x.facts = factsOf(door, x, x.plan)
  x.decision = decide(door, x, x.snapshot)
  if (door.connection.mode !== 'observe' && x.decision.verdict === 'block') throw blocked(x.decision)
}

/** A FETCH answers with its cursor’s rows, an EXECUTE with those of what was prepared. */
function resolved(client: Client, plan: StatementPlan): StatementPlan {
  if (plan.kind !== 'fetch' && plan.kind !== 'execute') return plan
  const name = plan.name ?? ''
  const meant = plan.kind === 'fetch' ? client.cursors.get(name) : client.prepared.get(name)?.plan
  if (!meant) throw fail('TW_PG_UNKNOWN', { what: plan.kind === 'fetch' ? 'cursor' : 'prepared statement' })
  const { action, route, relations, predicates, shapeOf, logical, bypass } = meant
  return {
    ...plan,
    action,
    route,
    relations,
    predicates,
    shapeOf,
    bypass,
    logical: plan.kind === 'execute' ? `${logical}\n${plan.logical}` : logical,
    ...(meant.result === undefined ? {} : { result: meant.result }),
    ...(meant.collection === undefined ? {} : { collection: meant.collection }),
  }
}

/** Runs it and releases what it answers. @throws the refusal or failure; the session is at rest then */
export async function run(client: Client, x: Statement, request: Request): Promise<Execution> {
  const link = await client.attach()
  const before = link.status
  const execution = new Execution(client, x, request, link)
  await execution.run()
  remember(client, x, before)
  return execution
}

/** What the session keeps in mind of a statement that was carried out. */
function remember(client: Client, x: Statement, before: string): void {
  const plan = x.plan
  if (!plan) return
  const name = plan.name
  switch (plan.kind) {
    case 'begin':
      if (before === 'I') client.transaction = { begin: plan.sql, statements: 0 }
      return
    case 'declare':
      client.cursors.set(name ?? '', plan)
      break
    case 'close':
      if (name === undefined) client.cursors.clear()
      else client.cursors.delete(name)
      break
    case 'prepare':
      if (plan.inner && x.context)
        client.prepared.set(name ?? '', {
          text: x.text,
          sql: true,
          types: [],
          plan: plan.inner,
          context: x.context,
        })
      break
    case 'deallocate':
      if (name === undefined) client.prepared.clear()
      else client.prepared.delete(name)
      break
    case 'discard':
      client.prepared.clear()
      client.cursors.clear()
      break
    default:
  }
  if (client.status === 'I') client.transaction = undefined
  else if (client.transaction) client.transaction.statements++
}

/** Every begin has its end. */
export function leave(client: Client, x: Statement | undefined): void {
  if (x?.session) client.door.sessions.leave(x.session)
  client.current = undefined
}
