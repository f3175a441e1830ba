import type { Burst } from './burst.ts'
import type { Facts } from './facts.ts'
import type { Scale, Span } from './span.ts'
import type { TrackerView } from './view.ts'

/** A window of one user that a detector has open, with the evidence so far. */
export interface OpenWindow<O, W, E> {
  span: Span
  facet: string
  state: W
  expected: E | undefined
  view: TrackerView<O>
  sessions: string[]
  events: string[]
  collections: string[]
  /** It alerted, and so is not learned. */
  fired: boolean
  /** Something was observed since the last finding. */
  fresh: boolean
  /** As it was last judged: the whole team is busy. */
  burst?: Burst | undefined
}

/**
 * What was told of one day: an hour that alerts, then the whole day that does, are one matter. It keeps the id of the
 * window that alerted first, and is revised as its evidence grows.
 */
export interface Matter {
  /** The day, ms. */
  from: number
  to: number
  /** ms: what follows before it is the same matter going on, not another. */
  until: number
  /** The window that alerted first. */
  scale: Scale
  start: number
  facet: string
  /** ms, event time: when the evidence sufficed. */
  at: number
  surprise: number
  revision: number
  /** Rank. */
  severity: number
  /** It was told, then the team turned out to be busy: the id of that notice. */
  burst?: string | undefined
  /** Others, which do not only count, said it together with this detector. */
  joint?: true | undefined
}

/** How long a matter goes on: a week of the same is told once, and revised. */
export const GOES_ON = 7 * 86400e3
const EVIDENCE = 50
const COLLECTIONS = 8

export function newWindow<O, W, E>(state: W, view: TrackerView<O>): OpenWindow<O, W, E> {
  return {
    span: view.span,
    facet: view.facet,
    state,
    expected: undefined,
    view,
    sessions: [],
    events: [],
    collections: [],
    fired: false,
    fresh: true,
    burst: undefined,
  }
}

/** A window that rested, as it was; made as new ones are, so that all are of one shape. */
export function sameWindow<O, W, E>(
  rested: Omit<OpenWindow<O, W, E>, 'view' | 'span'>,
  view: TrackerView<O>,
): OpenWindow<O, W, E> {
  const open = newWindow<O, W, E>(rested.state, view)
  open.expected = rested.expected
  open.sessions = rested.sessions
  open.events = rested.events
  open.collections = rested.collections
  open.fired = rested.fired
  open.fresh = rested.fresh
  open.burst = rested.burst
  return open
}

/** Takes an event as evidence; the newest are kept. */
export function note<O, W, E>(open: OpenWindow<O, W, E>, facts: Facts): void {
  open.fresh = true
  open.events.push(facts.id)
  if (open.events.length > EVIDENCE) open.events.shift()
  if (open.sessions.at(-1) !== facts.session && !open.sessions.includes(facts.session)) {
    open.sessions.push(facts.session)
    if (open.sessions.length > EVIDENCE) open.sessions.shift()
  }
  const { collection } = facts
  if (
    collection !== undefined &&
    open.collections.length < COLLECTIONS &&
    !open.collections.includes(collection)
  )
    open.collections.push(collection)
}

export const covers = <O, W, E>(matter: Matter, { span, facet }: OpenWindow<O, W, E>): boolean =>
  matter.facet === facet && span.from < matter.to && span.to > matter.from

export function find<O, W, E>(windows: readonly OpenWindow<O, W, E>[], span: Span, facet: string) {
  for (const open of windows) if (open.span === span && open.facet === facet) return open
  return undefined
}
