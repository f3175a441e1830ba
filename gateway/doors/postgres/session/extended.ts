import { describedFields } from '../backend/control.ts'
import { fail } from '../errors.ts'
import type { StatementPlan } from '../statement/plan.ts'
import { Fields, type Inbox } from '../wire/inbox.ts'
import { BACKEND, FRONTEND } from '../wire/types.ts'
import { closeOf, describe, execute, FLUSH, parse, SYNC } from '../wire/write.ts'
import type { Client } from './client.ts'
import { Pipeline } from './pipeline.ts'
import type { Portal, Prepared } from './portals.ts'
import { refuse } from './refusal.ts'
import { begin, decided, enter, judged, leave, run } from './run.ts'
import { type Statement, StatementRefused } from './statement.ts'

/**
 * The extended protocol. Parse, Bind, Describe and Close wait until something must be answered (Execute, Flush, Sync)
 * and then go to the server with it; replies come in the order of the messages. Every Bind is judged anew, and its
 * portal is described before its first row is released, whether or not the client asks for that.
 */
export class Extended {
  readonly #client: Client
  readonly #pipeline: Pipeline
  /** A Sync went to the server whose ReadyForQuery was not read. */
  #due = false

  constructor(client: Client) {
    this.#client = client
    this.#pipeline = new Pipeline(client)
  }

  /** Takes the inbox's current message, one of this protocol. */
  async take(): Promise<void> {
    const client = this.#client
    const { inbox } = client
    if (inbox.type === FRONTEND.sync) return this.#sync()
    if (client.skipping) return
    const toReady = inbox.type === FRONTEND.execute && inbox.peek() === FRONTEND.sync
    try {
      await this.#handle(toReady)
    } catch (error) {
      await this.#failed(error, toReady)
    } finally {
      leave(client, client.current)
    }
    if (!toReady) return
    inbox.advance()
    this.#rest()
    client.ready()
  }

  async #handle(toReady: boolean): Promise<void> {
    const { inbox } = this.#client
    switch (inbox.type) {
      case FRONTEND.parse:
        return this.#parse(new Fields(inbox))
      case FRONTEND.bind:
        return this.#bind(new Fields(inbox), inbox)
      case FRONTEND.describe:
        return this.#describe(new Fields(inbox))
      case FRONTEND.close:
        return this.#close(new Fields(inbox))
      case FRONTEND.execute:
        return this.#execute(new Fields(inbox), toReady)
      default:
        await this.#pipeline.send(FLUSH)
        this.#client.flush()
    }
  }

  async #parse(fields: Fields): Promise<void> {
    const client = this.#client
    const name = fields.text()
    const text = fields.text()
    const types: number[] = []
    for (let left = fields.i16(); left > 0; left--) types.push(fields.u32())
    fields.done()
    const x = await begin(client, text)
    const plan = judged(client, x)
    const before = client.prepared.get(name)
    const prepared: Prepared = { text, sql: false, types, plan, context: x.context! }
    client.prepared.set(name, prepared)
    this.#pipeline.add(parse(name, plan.sql, types), {
      ends: [BACKEND.parseComplete],
      tell: true,
      undo: () => {
        if (before) client.prepared.set(name, before)
        else client.prepared.delete(name)
      },
    })
  }

  async #bind(fields: Fields, { buf, at, end }: Inbox): Promise<void> {
    const client = this.#client
    const name = fields.text()
    const statement = fields.text()
    const prepared = client.prepared.get(statement)
    if (!prepared) throw fail('TW_PG_UNKNOWN', { what: 'prepared statement' })
    const bytes = Buffer.from(buf.subarray(at, end))
    const x = await begin(client, prepared.text, bytes.subarray(fields.pos - at))
    if (x.context !== prepared.context) this.#judgeAgain(statement, prepared, x)
    decided(client, x, prepared.plan)
    client.portals.set(name, { prepared, x, bind: bytes, described: undefined })
    this.#pipeline.add(bytes, {
      ends: [BACKEND.bindComplete],
      tell: true,
      undo: () => void client.portals.delete(name),
    })
  }

  /** The catalogue, policy or search_path is another than at Parse. @throws StatementRefused, TW_PG_CHANGED */
  #judgeAgain(name: string, prepared: Prepared, x: Statement): void {
    const compiled = judged(this.#client, x)
    const plan = prepared.sql ? compiled.inner : compiled
    if (!plan || (prepared.sql && plan.sql !== prepared.plan.sql)) throw fail('TW_PG_CHANGED')
    if (plan.sql !== prepared.plan.sql) {
      this.#pipeline.add(closeOf('S', name), { ends: [BACKEND.closeComplete], tell: false })
      this.#pipeline.add(parse(name, plan.sql, prepared.types), {
        ends: [BACKEND.parseComplete],
        tell: false,
      })
    }
    prepared.plan = plan
    prepared.context = x.context!
  }

  async #describe(fields: Fields): Promise<void> {
    const client = this.#client
    const { what, name } = target(fields)
    if (what === 'S') {
      const prepared = client.prepared.get(name)
      if (!prepared) throw fail('TW_PG_UNKNOWN', { what: 'prepared statement' })
      this.#pipeline.add(describe('S', name), {
        ends: [BACKEND.rowDescription, BACKEND.noData],
        tell: true,
        described: (inbox) => void this.#checked(prepared, undefined, inbox),
      })
      return
    }
    const cursor = client.portals.has(name) ? undefined : client.cursors.get(name)
    if (cursor) return this.#describeCursor(name, cursor)
    const portal = this.#portal(name)
    this.#pipeline.add(describe('P', name), {
      ends: [BACKEND.rowDescription, BACKEND.noData],
      tell: true,
      described: (inbox) => this.#checked(portal.prepared, portal, inbox),
    })
  }

  /** SQL’s own cursors are portals, too; their rows come by FETCH. */
  async #describeCursor(name: string, plan: StatementPlan): Promise<void> {
    const { door, searchPath } = this.#client
    const context = await door.database.context(door.snapshot(), searchPath)
    this.#pipeline.add(describe('P', name), {
      ends: [BACKEND.rowDescription, BACKEND.noData],
      tell: true,
      described: (inbox) => {
        const check = door.database.statements.check(plan, describedFields(inbox), context)
        if (check.refusal) throw new StatementRefused(check.refusal)
      },
    })
  }

  /** @throws StatementRefused where the server answers something other than the statement says */
  #checked(prepared: Prepared, portal: Portal | undefined, inbox: Inbox): void {
    const { statements } = this.#client.door.database
    const plan = portal?.x.plan ?? prepared.plan
    // A cursor's or prepared statement's rows are judged when the portal is known.
    if (!portal && (plan.kind === 'fetch' || plan.kind === 'execute')) return
    const fields = describedFields(inbox)
    const check = statements.check(plan, fields, portal?.x.context ?? prepared.context)
    if (check.refusal) throw new StatementRefused(check.refusal)
  }

  async #close(fields: Fields): Promise<void> {
    const client = this.#client
    const { what, name } = target(fields)
    if (what === 'S') client.prepared.delete(name)
    else client.portals.delete(name)
    this.#pipeline.add(closeOf(what, name), { ends: [BACKEND.closeComplete], tell: true })
  }

  async #execute(fields: Fields, toReady: boolean): Promise<void> {
    const client = this.#client
    const name = fields.text()
    const rows = Math.max(0, fields.i32())
    fields.done()
    const portal = this.#portal(name)
    const { x } = portal
    await enter(client, x)
    if (x.plan?.kind === 'copy-out') throw fail('TW_PG_COPY', { problem: 'it came in the extended protocol' })
    const end = toReady ? SYNC : FLUSH
    const asked = portal.described
      ? [execute(name, rows), end]
      : [describe('P', name), execute(name, rows), end]
    this.#due = toReady
    await this.#pipeline.send(...asked)
    const link = await client.attach()
    try {
      const execution = await run(client, x, {
        send: (again) => {
          if (again) link.write(Buffer.concat([closeOf('P', name), portal.bind, ...asked]))
        },
        toReady,
        tellDescription: false,
        described: portal.described,
      })
      portal.described = execution.described
    } finally {
      this.#due = false
    }
  }

  #portal(name: string): Portal {
    const portal = this.#client.portals.get(name)
    if (!portal) throw fail('TW_PG_UNKNOWN', { what: 'portal' })
    return portal
  }

  async #sync(): Promise<void> {
    const client = this.#client
    try {
      if (client.skipping) {
        this.#pipeline.discard()
      }
      client.skipping = false
      if (client.link || this.#pipeline.waiting) {
        await this.#pipeline.send(SYNC)
        await this.#pipeline.toReady()
      }
    } catch (error) {
      await refuse(client, undefined, error)
      await this.#pipeline.toReady()
    }
    this.#rest()
    client.ready()
  }

  /** After Sync: portals end with their transaction. */
  #rest(): void {
    const client = this.#client
    client.skipping = false
    if (client.status === 'I') {
      client.portals.clear()
      client.transaction = undefined
    }
  }

  /** What came before takes effect and is told first; what follows is skipped up to Sync. */
  async #failed(error: unknown, toReady: boolean): Promise<void> {
    const client = this.#client
    const x = client.current
    try {
      if (this.#pipeline.waiting) await this.#pipeline.send(FLUSH)
    } catch (earlier) {
      error = earlier
    }
    await refuse(client, x, error)
    client.flush()
    client.skipping = true
    const { link } = client
    if (!toReady || !link || link.inbox.closed) return
    // The client’s Sync was taken with its Execute.
    if (!this.#due) link.write(SYNC)
    this.#due = false
    await this.#pipeline.toReady()
  }
}

function target(fields: Fields): { what: 'S' | 'P'; name: string } {
  const what = String.fromCharCode(fields.byte())
  const name = fields.text()
  fields.done()
  if (what !== 'S' && what !== 'P')
    throw fail('TW_PG_PROTOCOL', { problem: 'neither a statement nor a portal' })
  return { what, name }
}
