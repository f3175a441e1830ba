import { createHash } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'

/**
 * A *subject* (alert, approval or digest) goes to *destinations* (a Slack channel, a webhook). Each pair has one *delivery*
 * document, which is the queue: what should be there (`wanted`) against what is (`shown`). It is pending until both
 * agree, then sent, and pending again when the subject changes. `failed` means that tries keep failing and somebody
 * should look; it is still tried, every few minutes, so nothing is lost while a channel is missing or Slack is down.
 *
 * A try is claimed by compare-and-set and marked *uncertain* until its outcome is known: whoever finds an uncertain
 * delivery looks whether the message arrived before it sends again.
 */
export type SubjectKind = 'alert' | 'approval' | 'digest'
export type Destination = { kind: 'slack'; channel: string } | { kind: 'webhook'; url: string }

export interface Delivery {
  id: string
  subject: { kind: SubjectKind; id: string }
  /** Webhooks by digest of their URL: it may hold a secret, which stays in the config. */
  destination: { kind: 'slack'; channel: string } | { kind: 'webhook'; digest: string }
  wanted: string
  shown?: string
  state: 'pending' | 'sent' | 'failed'
  /** Tries since it last succeeded. */
  attempts: number
  /** ms since epoch of the next try; while one runs, when it counts as lost. */
  next: number
  uncertain: boolean
  /** Set while the subject may still change by itself (an undecided approval). */
  open: boolean
  /** Why the last try failed. */
  trouble?: string
  slack?: { channel: string; ts: string }
  created: string
}

/** How a try ended when it did not succeed. */
export class Undelivered extends Error {
  /** Nothing will change by trying alone: config or the other side needs a person. */
  readonly stuck: boolean
  /** The other side may have taken it. */
  readonly uncertain: boolean
  /** ms, as the other side asked. */
  readonly retryAfter: number | undefined

  constructor(
    why: string,
    options: { stuck?: boolean; uncertain?: boolean; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(why, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Undelivered'
    this.stuck = options.stuck ?? false
    this.uncertain = options.uncertain ?? false
    this.retryAfter = options.retryAfter
  }
}

/** Brings one destination up to date. @throws Undelivered */
export type Transport<S> = (subject: S, delivery: Delivery) => Promise<Pick<Delivery, 'slack'>>

export const digestOf = (url: string): string => createHash('sha256').update(url).digest('hex').slice(0, 16)

export const deliveryId = (
  subject: Delivery['subject'],
  destination: Destination | Delivery['destination'],
): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        subject.kind,
        subject.id,
        destination.kind,
        destination.kind === 'slack'
          ? destination.channel
          : 'digest' in destination
            ? destination.digest
            : digestOf(destination.url),
      ]),
    )
    .digest('hex')
    .slice(0, 40)

const FIRST = 500
const LONGEST = 5 * 60_000

/** When to try again, in ms since epoch: doubling from 0.5 s to 5 min with full jitter, never before `retryAfter`. */
export function nextTry(delivery: Delivery, problem: Undelivered, clock: Clock, random: Random): number {
  const ceiling = problem.stuck ? LONGEST : Math.min(LONGEST, FIRST * 2 ** Math.min(delivery.attempts, 20))
  const share = random.bytes(4).readUInt32BE() / 2 ** 32
  return clock.now() + Math.max(problem.retryAfter ?? 0, Math.round(ceiling * (0.5 + share / 2)))
}
