import type { Decision, ResponseFacts } from '../../../policy/facts.ts'
import { claim } from '../../inquiry/approve.ts'
import { commit } from '../../inquiry/commit.ts'
import { decide, prepare, reserve } from '../../inquiry/decide.ts'
import { draftOf } from '../../inquiry/event.ts'
import { blocked, settle } from '../../inquiry/settle.ts'
import { incrementOf, responseFacts, type Shown } from '../../inquiry/shown.ts'
import { fail } from '../errors.ts'
import type { Client } from '../session/client.ts'
import type { Statement } from '../session/statement.ts'
import { ContentSum } from './content-sum.ts'
import { finished, shownNow } from './finished.ts'
import { bodyFrame, endFrame, newFrames } from './frames.ts'
import type { Held } from './held.ts'
import { shownOf } from './shown.ts'

/** Rows that are held whole before any goes out, bytes. */
export const WHOLE = 1024 * 1024
/** What goes out at once beyond that, bytes. */
export const SEGMENT = 256 * 1024

/** What `release` needs of the rows, whoever masks them. */
export interface Masked {
  wire: Buffer
  csv: Buffer
}

/**
 * Decides on rows that are here to the last, waits for an approval if need be, counts, records, and only then gives
 * them to the client. `masked` masks them under a decision: another one may show more or less.
 */
export async function releaseWhole(
  client: Client,
  x: Statement,
  held: Held,
  masked: (decision: Decision) => Masked,
): Promise<void> {
  const { door } = client
  let decision = x.decision!
  let out = masked(decision)
  // Of what a portal released before, the reservation is made anew with what comes now.
  x.undo?.()
  x.undo = undefined
  for (let round = 0; ; round++) {
    const shown = shownOf(x, x.released + out.wire.length)
    const bytes = x.released + out.wire.length
    const settled = settle(client.desk, x, (withContent) =>
      responseFacts(shown, bytes, withContent ? held.content(door.logicalKey) : undefined),
    )
    const next = settled instanceof Promise ? await settled : settled
    const same = sameRows(decision, next)
    x.decision = next
    if (same || door.connection.mode === 'observe') {
      await recordAndSend(client, x, shown, out)
      return
    }
    if (round === 3) throw fail('TW_PG_WITHHELD', { reason: 'policy does not settle on what may be shown' })
    decision = next
    out = masked(next)
  }
}

async function recordAndSend(client: Client, x: Statement, shown: Shown, out: Masked): Promise<void> {
  const { door } = client
  if (x.grant) await claim(door, x, shown.ids)
  const increment = incrementOf(shown, x.told)
  const draft = draftOf(door, x, { outcome: 'success', shown: increment, bytes: out.wire.length })
  const frames = newFrames(x)
  if (x.decision!.obligations.record === 'full' && out.csv.length > 0) frames.push(bodyFrame(x, out.csv))
  frames.push(endFrame(x))
  await commit(door, x, [draft], frames)
  x.told = shown
  x.released += out.wire.length
  client.send(out.wire)
  finished(client, x, increment, out.wire.length)
}

const sameRows = (a: Decision, b: Decision): boolean =>
  a === b ||
  (a.obligations.hideContent === b.obligations.hideContent &&
    a.obligations.reveal.length === b.obligations.reveal.length &&
    a.obligations.reveal.every((name) => b.obligations.reveal.includes(name)))

/**
 * Rows in segments:
 *
 *   intent on disk ─▶ { judge ─▶ reserve ─▶ event and rows on disk ─▶ write ─▶ wait for the client }* ─▶ complete
 *
 * A violation after the first segment ends the statement with an error; what went out is on record.
 */
export class Segments {
  readonly #client: Client
  readonly #x: Statement
  /** Of the rows as the server sends them; compared with what was approved before the last segment goes out. */
  readonly sum: ContentSum | undefined

  constructor(client: Client, x: Statement) {
    this.#client = client
    this.#x = x
    if (x.grant?.content !== undefined) this.sum = new ContentSum(client.door.logicalKey)
  }

  async flush({ wire, csv }: Masked): Promise<void> {
    const x = this.#x
    const client = this.#client
    const { door } = client
    const shown = shownOf(x, x.released + wire.length)
    const facts = responseFacts(shown, x.released + wire.length, x.grant?.content)
    for (let wait = prepare(door, x, facts); wait; wait = prepare(door, x, facts)) await wait
    const decision = this.#judge(facts)
    if (!x.releasing) {
      await claim(door, x, shown.ids)
      await commit(door, x, [draftOf(door, x, { outcome: 'success', phase: 'intent' })], newFrames(x))
      x.releasing = true
    }
    if (client.gone) throw fail('TW_PG_CLIENT_GONE')
    const increment = incrementOf(shown, x.told)
    const draft = draftOf(door, x, {
      outcome: 'success',
      phase: 'segment',
      shown: increment,
      bytes: wire.length,
    })
    const frames = decision.obligations.record === 'full' && csv.length > 0 ? [bodyFrame(x, csv)] : []
    await commit(door, x, [draft], frames)
    x.told = shown
    x.released += wire.length
    shownNow(client, x, increment, wire.length)
    client.send(wire)
    if (!client.flush()) await client.drained()
  }

  /** @throws where these are not the rows that were approved */
  checkContent(): void {
    if (this.sum && this.sum.digest() !== this.#x.grant?.content)
      throw fail('TW_PG_WITHHELD', { reason: 'it changed while it was approved' })
  }

  async complete(error?: unknown): Promise<void> {
    const x = this.#x
    const client = this.#client
    const reason = client.gone ? 'the client went away' : error instanceof Error ? error.message : undefined
    const draft = draftOf(client.door, x, {
      outcome: error === undefined ? 'success' : 'failure',
      phase: 'complete',
      ...(reason === undefined ? {} : { reason }),
    })
    await commit(client.door, x, [draft], [endFrame(x)])
    if (error === undefined) finished(client, x, undefined, 0)
  }

  /** Policy as it is now, on everything released so far and this segment. */
  #judge(facts: ResponseFacts): Decision {
    const x = this.#x
    const { door } = this.#client
    const refusal = door.identity.refusal(x.identity!.person.user)
    if (refusal) throw refusal
    x.undo?.()
    x.undo = undefined
    const decision = decide(door, x, door.snapshot(), facts)
    reserve(door, x, facts)
    if (door.connection.mode === 'observe') return decision
    const stricter = !sameRows(x.decision!, decision) && !x.decision!.obligations.hideContent
    if (decision.verdict === 'block' || decision.verdict === 'approval' || stricter) {
      x.decision = decision
      throw blocked(decision)
    }
    return decision
  }
}
