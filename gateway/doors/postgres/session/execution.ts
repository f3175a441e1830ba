import type { Decision } from '../../../policy/facts.ts'
import { findGrant } from '../../inquiry/approve.ts'
import { decide } from '../../inquiry/decide.ts'
import { blocked, settle } from '../../inquiry/settle.ts'
import { responseFacts } from '../../inquiry/shown.ts'
import type { Link } from '../backend/link.ts'
import type { ServerReport } from '../backend/scrub.ts'
import { fail } from '../errors.ts'
import { type Masked, releaseWhole, SEGMENT, Segments, WHOLE } from '../release/answer.ts'
import { ContentSum } from '../release/content-sum.ts'
import { finished } from '../release/finished.ts'
import { Held } from '../release/held.ts'
import { shownOf } from '../release/shown.ts'
import type { Inbox } from '../wire/inbox.ts'
import { BACKEND } from '../wire/types.ts'
import { Answer } from './answer.ts'
import { aside, COPY_FAIL } from './aside.ts'
import type { Client } from './client.ts'
import type { Described } from './portals.ts'
import type { Statement } from './statement.ts'

/** One run of a statement at the database. */
export interface Request {
  /** Sends it; `again` after a wait, when what it was bound to is gone. */
  send(again: boolean): void
  /** The reply ends in ReadyForQuery; otherwise with Execute’s own end. */
  toReady: boolean
  /** The client sees the RowDescription. */
  tellDescription: boolean
  /** Known already, where none will come. */
  described?: Described | undefined
}

/** A statement that shows nothing and changes no data: no event. */
const QUIET: ReadonlySet<string> = new Set([
  'empty',
  'move',
  'close',
  'declare',
  'prepare',
  'deallocate',
  'begin',
  'commit',
  'rollback',
  'savepoint',
  'set',
  'reset',
  'discard',
])

/**
 * The answer to one statement: *held* whole up to a bound; beyond it released in *segments* where policy lets it pass,
 * or *looked through* to its end to learn what an approval must cover, and then run again.
 */
export class Execution {
  readonly #client: Client
  readonly #x: Statement
  readonly #request: Request
  readonly #link: Link
  readonly #held = new Held()
  #answer: Answer
  #phase: 'held' | 'segments' | 'look' = 'held'
  #segments: Segments | undefined
  #sum: ContentSum | undefined
  #failure: ServerReport | undefined
  #ended = false
  /** Rows are left in the portal. */
  suspended = false
  /** ParameterStatus messages, told after the answer. */
  #after: Buffer[] = []

  constructor(client: Client, x: Statement, request: Request, link: Link) {
    this.#client = client
    this.#x = x
    this.#request = request
    this.#link = link
    this.#answer = new Answer(client, x, request.described)
  }

  get described(): Described | undefined {
    return this.#answer.described
  }

  /** @throws the refusal or failure, with the session at the database at rest */
  async run(): Promise<void> {
    try {
      this.#request.send(false)
      await this.#read()
      await this.#finish()
    } catch (error) {
      await this.#giveUp()
      if (this.#x.releasing) await this.#segments?.complete(error)
      throw error
    }
  }

  async #read(): Promise<void> {
    const { inbox } = this.#link
    this.#ended = false
    while (!this.#ended) {
      if (!inbox.advance()) await inbox.next()
      this.#message(inbox)
      if (this.#phase === 'held') {
        if (this.#held.size > WHOLE) await this.#overflow()
      } else if (this.#answer.size >= SEGMENT) await this.#part()
      if (this.#client.gone) throw fail('TW_PG_CLIENT_GONE')
    }
  }

  #message(inbox: Inbox): void {
    const answer = this.#answer
    switch (inbox.type) {
      case BACKEND.dataRow:
      case BACKEND.copyData:
        answer.row(inbox)
        this.#sum?.add(inbox.buf, inbox.start, inbox.end)
        this.#segments?.sum?.add(inbox.buf, inbox.start, inbox.end)
        break
      case BACKEND.rowDescription:
        answer.describe(inbox)
        if (!this.#request.tellDescription) return
        answer.pass(inbox)
        break
      case BACKEND.copyOut:
        answer.copyOut(inbox)
        break
      case BACKEND.copyDone:
        answer.pass(inbox)
        break
      case BACKEND.commandComplete:
      case BACKEND.emptyQuery:
      case BACKEND.portalSuspended:
        this.suspended = inbox.type === BACKEND.portalSuspended
        answer.pass(inbox)
        this.#ended = !this.#request.toReady
        break
      default:
        this.#aside()
        return
    }
    if (this.#phase === 'held') this.#held.add(inbox)
  }

  /** Messages that are no part of the answer itself. */
  #aside(): void {
    const heard = aside(this.#client, this.#x, this.#link, this.#after)
    if (heard === undefined) return
    if (heard === 'ready') this.#ended = true
    else {
      this.#failure ??= heard
      this.#ended = !this.#request.toReady
    }
  }

  /** More rows than are held whole. */
  async #overflow(): Promise<void> {
    const { door } = this.#client
    const x = this.#x
    await this.#answer.proven()
    this.#answer.collect()
    const facts = responseFacts(shownOf(x, x.released + this.#held.size), x.released + this.#held.size)
    const decision = decide(door, x, x.snapshot, facts)
    const observing = door.connection.mode === 'observe'
    if (decision.verdict === 'block' && !observing) {
      x.decision = decision
      throw blocked(decision)
    }
    if (decision.verdict !== 'approval' || observing) {
      this.#beginSegments()
      this.#held.clear()
      return this.#part()
    }
    this.#phase = 'look'
    this.#sum = new ContentSum(door.logicalKey)
    this.#held.addTo(this.#sum)
    this.#held.clear()
    this.#answer.take()
    await findGrant(door, x)
  }

  #beginSegments(): void {
    this.#phase = 'segments'
    this.#segments = new Segments(this.#client, this.#x)
  }

  /** A segment goes out; where the answer is only looked through, it goes nowhere. */
  async #part(): Promise<void> {
    this.#answer.collect()
    const out = this.#answer.take()
    if (this.#segments) return this.#segments.flush(out)
    const x = this.#x
    const { door } = this.#client
    if (x.cancelled) throw fail('TW_PG_CANCELLED')
    x.looked += out.wire.length
    const decision = decide(door, x, x.snapshot, responseFacts(shownOf(x, x.looked), x.looked))
    if (decision.verdict === 'block') {
      x.decision = decision
      throw blocked(decision)
    }
  }

  async #finish(): Promise<void> {
    const client = this.#client
    const x = this.#x
    if (this.#failure) throw this.#failed(this.#failure)
    if (this.#phase === 'look') await this.#again()
    await this.#answer.proven()
    this.#answer.collect()
    if (this.#segments) {
      this.#segments.checkContent()
      await this.#segments.flush(this.#answer.take())
      await this.#segments.complete()
    } else if (QUIET.has(x.plan?.kind ?? '')) {
      client.send(this.#answer.take().wire)
      finished(client, x, undefined, 0)
    } else await this.#whole()
    client.send(...this.#after)
  }

  async #whole(): Promise<void> {
    const client = this.#client
    const first: Masked = this.#answer.take()
    let fresh = true
    client.mayHold(this.#request.toReady && !this.suspended)
    try {
      await releaseWhole(client, this.#x, this.#held, (decision) => {
        if (fresh) {
          fresh = false
          return first
        }
        return this.#remasked(decision)
      })
    } finally {
      await client.unpark()
    }
  }

  /** The same rows under another decision. What they count as does not change. */
  #remasked(decision: Decision): Masked {
    const answer = this.#answer.under(decision)
    for (const held of this.#held.messages()) answer.replay(held)
    answer.collect()
    this.#answer = answer
    return answer.take()
  }

  /** Everything was looked through: asks for what it is, and runs it again under the grant. */
  async #again(): Promise<void> {
    const client = this.#client
    const x = this.#x
    const shown = shownOf(x, x.looked)
    const content = this.#sum!.digest()
    client.mayHold(this.#request.toReady)
    try {
      x.decision = await settle(client.desk, x, () => responseFacts(shown, x.looked, content))
    } finally {
      await client.unpark()
    }
    this.#sum = undefined
    x.recount()
    this.#answer = new Answer(client, x, this.#request.described)
    this.#beginSegments()
    this.#request.send(true)
    await this.#read()
    if (this.#failure) throw this.#failed(this.#failure)
  }

  #failed(failure: ServerReport): Error {
    if (this.#x.cancelled && failure.sqlstate === '57014') return fail('TW_PG_CANCELLED')
    return fail('TW_PG_BACKEND_ERROR', { message: failure.message, sqlstate: failure.sqlstate })
  }

  /** Reads to the end of an answer that is not wanted any more, and has the server end it if that is not here yet. */
  async #giveUp(): Promise<void> {
    const { inbox } = this.#link
    let asked = false
    try {
      while (!this.#ended) {
        if (!inbox.advance()) {
          if (!asked) await this.#link.cancel()
          asked = true
          await inbox.next()
        }
        if (inbox.type === BACKEND.ready) this.#link.ready()
        const own = inbox.type === BACKEND.commandComplete || inbox.type === BACKEND.error
        const end = own || inbox.type === BACKEND.portalSuspended || inbox.type === BACKEND.emptyQuery
        this.#ended = this.#request.toReady ? inbox.type === BACKEND.ready : end
        if (inbox.type === BACKEND.copyIn || inbox.type === BACKEND.copyBoth) this.#link.write(COPY_FAIL)
      }
    } catch {
      // The session is gone; the client hears that with its next message, or now.
    }
    this.#answer.drop()
  }
}
