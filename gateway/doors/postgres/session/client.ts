import type { Socket } from 'node:net'
import type { Identity } from '../../../identity/person.ts'
import type { LiveSession, SessionOpening } from '../../../sessions/tracker.ts'
import type { Desk } from '../../door.ts'
import { ask } from '../backend/control.ts'
import type { Link } from '../backend/link.ts'
import type { PostgresDoor } from '../door-context.ts'
import { fail } from '../errors.ts'
import type { Maskers } from '../release/shape.ts'
import type { StatementPlan } from '../statement/plan.ts'
import type { MessageInbox } from '../wire/inbox.ts'
import { readyForQuery, report, type TransactionStatus } from '../wire/write.ts'
import type { Proven, Recheck } from './authenticate.ts'
import { Known } from './known.ts'
import type { Portal, Prepared } from './portals.ts'
import { backendParameters, type Startup } from './startup.ts'
import type { Statement } from './statement.ts'

/** Up to so many bytes are put together rather than written as pieces. */
const GATHERED = 16 * 1024

/** A client that is signed in. Until its first statement it holds a socket and this object, nothing at the database. */
export class Client {
  readonly door: PostgresDoor
  readonly desk: Desk
  readonly inbox: MessageInbox
  readonly identity: Identity
  readonly recheck: Recheck | undefined
  readonly startup: Startup
  readonly pid: number
  readonly secret: number
  readonly maskers: Maskers = new WeakMap()
  searchPath: readonly string[]
  link: Link | undefined
  /** The session this connection takes part in: others of the same person and program may, too. */
  session: LiveSession | undefined
  readonly prepared = new Map<string, Prepared>()
  readonly portals = new Map<string, Portal>()
  readonly cursors = new Map<string, StatementPlan>()
  /** The statement that began the transaction, and how many came after it. */
  transaction: { begin: string; statements: number } | undefined
  /** What runs now. */
  current: Statement | undefined
  /** After an error in the extended protocol messages are skipped up to Sync. */
  skipping = false
  gone = false
  /** Why the door ends this connection, once it does. */
  ending: Error | undefined
  readonly #socket: Socket
  #out: Uint8Array[] = []
  #hold = 0
  #parked: Promise<void> | undefined
  #known: Known | undefined
  /** The same at each statement, under one policy. */
  #opening: { scrub: (text: string) => string; opening: SessionOpening } | undefined

  constructor(
    door: PostgresDoor,
    socket: Socket,
    inbox: MessageInbox,
    who: Proven & { startup: Startup; pid: number; secret: number },
  ) {
    this.door = door
    this.#socket = socket
    this.inbox = inbox
    this.identity = who.identity
    this.recheck = who.recheck
    this.startup = who.startup
    this.pid = who.pid
    this.secret = who.secret
    this.searchPath = who.startup.searchPath ?? door.connection.search_path
    this.desk = this.#ownDesk()
  }

  /** The door's desk, but that a wait tells this client so, and is only as long as nothing is kept open meanwhile. */
  #ownDesk(): Desk {
    const held = (by: number) => {
      this.door.held(by)
      const approval = this.current?.approval
      if (by > 0 && approval) {
        this.send(
          report({
            severity: 'NOTICE',
            sqlstate: '01000',
            message: `This needs an approval, which was asked for: ${approval.reason}`,
            detail: `approval ${approval.id}, asked: ${approval.groups.join(', ') || 'nobody'}`,
            hint: 'The statement waits without a snapshot and goes on by itself once it is approved; cancel it to give up.',
          }),
        )
        this.flush()
        this.#park()
      }
    }
    const hold = () => this.#hold
    return Object.create(this.door, {
      hold: { get: hold },
      held: { value: held },
    })
  }

  /**
   * Whether the next wait for an approval may begin: only while nothing is kept open at the database. `atRest`: the
   * statement has ended there. A transaction that has done nothing else is ended for the wait, and begun again.
   */
  mayHold(atRest: boolean): void {
    const idle = this.status === 'I' || (this.status === 'T' && this.transaction?.statements === 0)
    this.#hold = atRest && idle ? this.door.hold : 0
  }

  #park(): void {
    const { link } = this
    if (!link || link.status === 'I' || this.#hold === 0) return
    this.#parked = ask(link, 'ROLLBACK').then(() => undefined)
    this.#parked.catch(() => undefined)
  }

  /** Begins the transaction again that a wait has ended. */
  async unpark(): Promise<void> {
    const parked = this.#parked
    if (!parked) return
    this.#parked = undefined
    await parked
    if (this.link && this.transaction) await ask(this.link, this.transaction.begin)
  }

  /** A session at the database, this client's own from the first statement on. @throws TW_PG_BACKEND_… */
  async attach(): Promise<Link> {
    if (this.link) return this.link
    const link = await this.door.database.attach(backendParameters(this))
    if (this.gone) {
      link.close()
      throw fail('TW_PG_CLIENT_GONE')
    }
    this.link = link
    this.door.metrics.attached.inc({ connection: this.door.connection.name })
    return link
  }

  detach(): void {
    if (!this.link) return
    this.link.close()
    this.link = undefined
    this.door.metrics.attached.dec({ connection: this.door.connection.name })
  }

  get known(): Known {
    this.#known ??= new Known(this)
    return this.#known
  }

  takesPart(session: LiveSession): void {
    if (this.session === session) return
    this.door.taking.leave(this.session)
    this.session = session
    this.door.taking.join(session)
  }

  get status(): TransactionStatus {
    return this.link?.status ?? 'I'
  }

  opening(): SessionOpening {
    const { scrub } = this.door.snapshot()
    if (this.#opening?.scrub === scrub) return this.#opening.opening
    const opening: SessionOpening = Object.freeze({
      identity: this.identity,
      connection: this.door.connection.name,
      protocol: 'postgres',
      source: this.#socket.remoteAddress ?? '',
      userAgent: scrub(this.startup.application),
    })
    this.#opening = { scrub, opening }
    return opening
  }

  send(...messages: readonly Uint8Array[]): void {
    this.#out.push(...messages)
  }

  ready(): void {
    this.send(readyForQuery(this.status))
    this.flush()
  }

  /** @returns whether the client keeps up. */
  flush(): boolean {
    const out = this.#out
    if (out.length === 0) return true
    this.#out = []
    if (this.gone) return true
    const socket = this.#socket
    if (out.length === 1) return socket.write(out[0]!)
    let size = 0
    for (const { length } of out) size += length
    if (size < GATHERED) return socket.write(Buffer.concat(out, size))
    socket.cork()
    for (const bytes of out) socket.write(bytes)
    socket.uncork()
    return !socket.writableNeedDrain
  }

  /** Until the client has read what was written, or is gone. */
  async drained(): Promise<void> {
    const socket = this.#socket
    if (this.gone || !socket.writableNeedDrain) return
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done)
        socket.off('close', done)
        resolve()
      }
      socket.once('drain', done)
      socket.once('close', done)
    })
  }

  /** A request to cancel, with the key that this client alone was given. */
  cancel(secret: number): void {
    const x = this.current
    if (secret !== this.secret || !x) return
    x.cancelled = true
    x.abort()
    void this.link?.cancel()
  }

  /** Says `error` last and hangs up. */
  hangUp(last?: Uint8Array): void {
    if (last) this.send(last)
    this.flush()
    this.#socket.end()
    this.#socket.destroySoon()
  }

  /** Ends at once; a statement under way is given up. */
  kill(): void {
    this.#socket.destroy()
  }
}
