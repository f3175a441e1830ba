import type { Masker, MaskPlan } from '../../../masking/masker.ts'
import type { Decision, ResponseFacts } from '../../../policy/facts.ts'
import { claim } from '../../inquiry/approve.ts'
import { commit } from '../../inquiry/commit.ts'
import { decide, prepare, reserve } from '../../inquiry/decide.ts'
import { draftOf, type EventParts } from '../../inquiry/event.ts'
import { blocked } from '../../inquiry/settle.ts'
import { incrementOf, responseFacts, type Shown, shownOf } from '../../inquiry/shown.ts'
import { type BodyType, createBodyMasker } from '../bodies/body-masker.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { contentHash } from './content-hash.ts'
import { after, type Collected, LATE, type Pending, type Source } from './decode.ts'
import { drained } from './drained.ts'
import { finished, shownNow } from './finished.ts'
import { bodyFrame, endFrame, openingFrames } from './frames.ts'
import { releaseHeaders } from './headers.ts'
import { baitedFor, planOf } from './whole.ts'

/** What goes out at once, bytes. */
const SEGMENT = 256 * 1024
/** How long a live stream's bytes may wait for more, ms. */
const FLUSH_AFTER = 50

/**
 * One answer in segments:
 *
 *   intent on disk ─▶ { judge ─▶ reserve ─▶ event and chunk on disk ─▶ write ─▶ wait for the client }* ─▶ complete
 *
 * At most a segment, a chunk and the masker's own string are in memory. A violation after the first byte resets the
 * connection; what went out is on record.
 */
export class Segments {
  readonly #door: Door
  readonly #x: Exchange
  readonly #source: Source
  readonly #live: boolean
  readonly #expected: string | undefined
  readonly #plan: MaskPlan
  readonly #masker: Masker
  readonly #hash: ReturnType<typeof contentHash>
  #waiting: Uint8Array[] = []
  #size = 0
  #released = 0
  #before: Shown | undefined
  #next: Pending | undefined
  #first: Uint8Array | undefined

  constructor(
    door: Door,
    x: Exchange,
    type: BodyType,
    source: Source,
    first: Collected,
    live: boolean,
    /** Hash that the whole answer must have, where a grant is bound to it. */
    content: string | undefined,
  ) {
    this.#door = door
    this.#x = x
    this.#source = source
    this.#live = live
    this.#expected = x.grant?.content === undefined ? undefined : content
    this.#plan = planOf(door, x, x.decision!)
    this.#masker = createBodyMasker(this.#plan, type)
    this.#hash = contentHash(door, type)
    this.#first = first.body
    this.#next = first.next
  }

  async run(): Promise<void> {
    const { res } = this.#x
    try {
      await this.#pull()
    } catch (error) {
      if (this.#x.releasing) await this.#complete('failure', error)
      throw error
    }
    await this.#complete('success')
    res.end()
    finished(this.#door, this.#x, this.#before, 0)
  }

  async #pull(): Promise<void> {
    let chunk: Uint8Array | typeof LATE | undefined = this.#first
    this.#first = undefined
    for (;;) {
      if (chunk === LATE) {
        if (this.#size > 0) await this.#flush(false)
        chunk = await this.#next!
      } else {
        if (!chunk) break
        this.#take(chunk)
        if (this.#size >= SEGMENT) await this.#flush(false)
        chunk = await this.#read()
      }
      if (this.#x.gone) throw fail('TW_HTTP_CLIENT_GONE')
    }
    this.#keep(this.#masked(() => this.#masker.end(), EMPTY))
    if (this.#expected !== undefined && this.#hash.digest() !== this.#expected)
      throw fail('TW_HTTP_WITHHELD', { reason: 'it changed while it was approved' })
    await this.#flush(true)
  }

  async #read(): Promise<Uint8Array | typeof LATE | undefined> {
    const next: Pending = this.#source.read()
    if (!this.#live) return next
    this.#next = next
    return Promise.race([next, after(FLUSH_AFTER)])
  }

  #take(chunk: Uint8Array): void {
    if (this.#expected !== undefined) this.#hash.update(chunk)
    this.#keep(this.#masked(() => this.#masker.push(chunk), chunk))
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#waiting.push(bytes)
    this.#size += bytes.length
  }

  /** In observe mode the scan only watches: what the store sent goes out, even where it cannot be judged. */
  #masked(scan: () => Uint8Array, plain: Uint8Array): Uint8Array {
    if (this.#door.connection.mode !== 'observe') return scan()
    try {
      scan()
    } catch (error) {
      this.#door.log.warn({ err: error, request: this.#x.id }, 'a stream could not be judged; observe mode')
    }
    return plain
  }

  /** Judges, records and writes what waits. */
  async #flush(last: boolean): Promise<void> {
    const door = this.#door
    const x = this.#x
    const masked = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting)
    const segment = baitedFor(x, masked)
    this.#waiting = []
    this.#size = 0
    const shown = shownOf(x, this.#masker.observed, this.#released + segment.length)
    const facts = responseFacts(shown, this.#released + segment.length, this.#expected)
    for (let wait = prepare(door, x, facts); wait; wait = prepare(door, x, facts)) await wait
    const decision = this.#judge(facts)
    if (!x.releasing) await this.#begin(shown)
    if (segment.length === 0) return
    const increment = incrementOf(shown, this.#before)
    const draft = this.#draft({
      outcome: 'success',
      phase: 'segment',
      shown: increment,
      bytes: segment.length,
    })
    const frames = decision.obligations.record === 'full' ? [bodyFrame(x, door.clock.now(), segment)] : []
    await commit(door, x, [draft], frames)
    this.#before = shown
    this.#released += segment.length
    shownNow(door, x, increment, segment.length)
    const fits = x.res.write(segment)
    if (!fits && !last && !x.gone) await drained(x.res)
  }

  /** Policy as it is now, on everything released so far and this segment. */
  #judge(facts: ResponseFacts): Decision {
    const door = this.#door
    const x = this.#x
    const refusal = door.identity.refusal(x.identity!.person.user)
    if (refusal) throw refusal
    x.undo?.()
    x.undo = undefined
    const decision = decide(door, x, door.snapshot(), facts)
    reserve(door, x, facts)
    if (door.connection.mode === 'observe') return decision
    const stricter = decision.obligations.hideContent && !this.#plan.hideContent
    if (decision.verdict === 'block' || decision.verdict === 'approval' || stricter) {
      x.decision = decision
      throw blocked(decision)
    }
    return decision
  }

  async #begin(shown: Shown): Promise<void> {
    const door = this.#door
    const x = this.#x
    await claim(door, x, shown.ids)
    const headers = releaseHeaders(door, x, x.head!)
    await commit(
      door,
      x,
      [
        this.#draft({
          outcome: 'success',
          phase: 'intent',
          verdict: shown.masked.length ? 'mask' : x.decision!.verdict,
        }),
      ],
      openingFrames(x, x.head!),
    )
    x.releasing = true
    if (!x.gone) x.res.writeHead(x.head!.status, headers)
  }

  async #complete(outcome: 'success' | 'failure', error?: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : undefined
    const draft = this.#draft({
      outcome,
      phase: 'complete',
      ...(this.#x.gone ? { reason: 'the client went away' } : reason === undefined ? {} : { reason }),
    })
    await commit(this.#door, this.#x, [draft], [endFrame(this.#x, this.#door.clock.now())])
  }

  #draft = (parts: EventParts) => draftOf(this.#door, this.#x, parts)
}

const EMPTY = new Uint8Array(0)
