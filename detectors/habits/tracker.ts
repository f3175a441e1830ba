import { z } from 'zod'
import {
  learnDay,
  learnTail,
  noPeak,
  noTail,
  type Peak,
  rarity,
  surpriseOf,
  type Tail,
  tailState,
} from '../baseline/calibration.ts'
import { fade, short } from '../baseline/round.ts'
import type { CommonOptions, Metadata } from '../engine/detector.ts'
import type { Facts } from '../engine/facts.ts'
import { buildFinding, severityOf, tellAs } from '../engine/findings.ts'
import { matter } from '../engine/saved.ts'
import type { Span } from '../engine/span.ts'
import type { Subject } from '../engine/subject.ts'
import type { Host, Report, Spans, Tracker } from '../engine/tracker.ts'
import { GOES_ON, type Matter } from '../engine/window.ts'
import type { Tuned } from '../tuning/tuned.ts'
import { createComparison, FEATURES } from './compare.ts'
import { createCrowd } from './crowd.ts'
import { explainSession } from './explain.ts'
import { emptyProfile, entries, learn, type Profile, pack, rebuild, unpack } from './profile.ts'
import {
  beginSession,
  note,
  type OpenSession,
  over,
  packSession,
  savedSession,
  someOver,
  unpackSession,
  withId,
} from './session.ts'
import { take } from './tokens.ts'
import { createWeigher, weigherState } from './weigh.ts'

export interface HabitOptions extends CommonOptions {
  /** Sessions known before one can be unusual. */
  sessions: number
  /** Fewer events say too little. */
  events: number
  /** Sessions after which a habit counts half. */
  memory: number
}

interface Slot {
  profile: Profile
  open: OpenSession[]
  closed: string[]
  matters: Matter[]
  /** Sessions in a row that looked like another's. */
  streak: number
  /** Faded scores of the sessions before. */
  before: number
  peak: Peak
}

interface Judged {
  /** Log odds of another. */
  odds: number
  /** These in deviations of everybody's, half way to the user's own usual. */
  own: number
  score: number
  surprise: number
}

const TAIL = { knee: 3, rate: 0.02, mean: 1 }
const CLOSED = 6
/** Deviations at which a session is as likely another's as the user's own. */
const GUARD = 2.2
/** After so many in a row it is a change that lasts, and is learned. */
const STEADY = 8
const LENT = 0.25
const savedSlot = z.object({
  t: z.string(),
  s: z.number(),
  f: z.number(),
  l: z.number(),
  u: z.tuple([z.number(), z.number(), z.number()]),
  k: z.number(),
  p: z.number(),
  x: z.tuple([z.number(), z.number()]).optional(),
})
const savedTracker = z.object({
  b: savedSlot,
  m: z.array(matter),
  s: z.array(savedSession),
  c: z.array(z.string()),
})
const savedShared = z.object({
  session: tailState,
  weigher: weigherState,
  usual: z.tuple([z.number(), z.number(), z.number()]),
})

/**
 * Judges sessions instead of hours or days: each against its user's profile, as it grows and when it is over. Guarded
 * updating: how much a session is learned follows how likely it is the user's own.
 */
export class HabitTracker implements Tracker {
  readonly name: string
  readonly scales = ['day'] as const
  readonly #spec: Metadata & { share: number }
  readonly #tuned: Tuned<HabitOptions>
  readonly #host: Host
  readonly #share: number
  readonly #slots: (Slot | undefined)[] = []
  readonly #known: number[] = []
  readonly #crowd = createCrowd()
  readonly #weigher = createWeigher()
  readonly #compare = createComparison()
  readonly #features = new Float64Array(FEATURES)
  #tail: Tail = noTail()
  /** Scores of everybody's own sessions. */
  #usual = { n: 20, mean: -2, variance: 1 }
  #draw = 0

  constructor(spec: Metadata & { share: number }, tuned: Tuned<HabitOptions>, host: Host) {
    this.name = spec.name
    this.#spec = spec
    this.#tuned = tuned
    this.#host = host
    this.#share = tuned.base.options.share ?? spec.share
  }

  push(subject: Subject, facts: Facts, spans: Spans, report: Report): void {
    const { options, allows } = this.#tuned.of(subject)
    if (!options.enabled || allows?.(facts, subject)) return
    const slot = this.#slots[subject.index] ?? this.#newSlot(subject)
    if (someOver(slot.open, facts.session, facts.at))
      for (const done of over(slot.open, facts.session, facts.at)) this.#finish(subject, slot, done, report)
    let session = withId(slot.open, facts.session)
    if (!session) {
      if (slot.closed.includes(facts.session)) return
      session = beginSession(facts, spans.day, false)
      slot.open.push(session)
    }
    const fresh = take(session.bag, facts, spans.day)
    note(session, facts)
    const { n } = session.bag
    if (n < session.next || (!fresh && n < session.next * 1.5)) return
    session.next = Math.ceil(n * 1.3)
    const { score, surprise } = this.#judge(slot, session)
    if (this.#alarming(subject, slot, session, surprise, facts.at))
      this.#tell(subject, slot, session, score, surprise, facts.at, report)
    this.#weigh(subject, slot, session, score, surprise, facts.at, report)
  }

  close(subject: Subject, span: Span, _late: boolean, report: Report): void {
    const slot = this.#slots[subject.index]
    if (!slot || span.scale !== 'day') return
    const goesOn = subject.spans.some((open) => open.span.scale === 'day' && open.span.from >= span.to)
    const done = slot.open.filter(({ last }) => last < (goesOn ? span.to - 1800e3 : span.to))
    for (const session of done.sort((a, b) => a.last - b.last)) this.#finish(subject, slot, session, report)
    if (slot.matters.length) slot.matters = slot.matters.filter((matter) => matter.until > span.to)
  }

  day(): void {
    learnDay(this.#tail)
  }

  regroup(subject: Subject, _before: string, moved: boolean): void {
    const slot = this.#slots[subject.index]
    if (!slot || !moved) return
    // Another role is other work: what was usual counts a tenth, and nothing is unusual until enough was seen.
    this.#crowd.add(slot.profile, -1)
    rebuild(
      slot.profile,
      [...entries(slot.profile)].map(([token, weight]) => [token, weight * 0.1] as const),
    )
    this.#crowd.add(slot.profile, 1)
    slot.profile.sessions = 0
  }

  save(subject: Subject) {
    const slot = this.#slots[subject.index]
    if (!slot) return undefined
    const { sessions: s, first: f, last: l, usual } = slot.profile
    const b = {
      t: pack(slot.profile),
      s,
      f,
      l,
      u: [usual.n, usual.mean, usual.variance],
      k: slot.streak,
      p: short(slot.before),
      ...(slot.peak[1] > 0 && { x: slot.peak }),
    }
    return { b, k: 0, m: slot.matters, o: [], s: slot.open.map(packSession), c: slot.closed }
  }

  load(subject: Subject, saved: unknown): string | undefined {
    const parsed = savedTracker.safeParse(saved)
    if (!parsed.success) return `${this.name}: not a baseline of this version`
    const { t, s, f, l, u, k, p, x } = parsed.data.b
    const slot = this.#newSlot(subject)
    slot.matters = parsed.data.m
    slot.closed = parsed.data.c
    slot.open = parsed.data.s.flatMap((session) => {
      const day = subject.spans.find(({ span }) => span.scale === 'day' && span.from === session.d)
      return day ? [unpackSession(session, day.span)] : []
    })
    const [n, mean, variance] = u
    Object.assign(slot.profile, { sessions: s, first: f, last: l, usual: { n, mean, variance } })
    rebuild(slot.profile, unpack(t))
    slot.streak = k
    slot.before = p
    if (x) slot.peak = x
    this.#crowd.add(slot.profile, 1)
    if (s >= this.#tuned.of(subject).options.sessions) this.#known.push(subject.index)
    return undefined
  }

  tails() {
    const { n, mean, variance } = this.#usual
    return { session: this.#tail, weigher: this.#weigher.save(), usual: [n, mean, variance] }
  }

  loadTails(saved: unknown): void {
    const parsed = savedShared.safeParse(saved)
    if (!parsed.success) return
    this.#tail = parsed.data.session
    this.#weigher.load(parsed.data.weigher)
    const [n, mean, variance] = parsed.data.usual
    this.#usual = { n, mean, variance }
  }

  #newSlot(subject: Subject): Slot {
    const slot: Slot = {
      profile: emptyProfile(),
      open: [],
      closed: [],
      matters: [],
      streak: 0,
      before: 0,
      peak: noPeak(),
    }
    this.#slots[subject.index] = slot
    return slot
  }

  /** Log odds in deviations from what is usual, half for this user and half for everybody. */
  #judge(slot: Slot, session: OpenSession): Judged {
    const odds = this.#weigher.odds(this.#compare(session.bag, slot.profile, this.#crowd, this.#features))
    const { n, mean } = slot.profile.usual
    const all = this.#usual
    const center = (n * mean + 8 * all.mean) / (n + 8)
    const own = (odds - (center + all.mean) / 2) / Math.sqrt(Math.max(all.variance, 0.1))
    // Who is another now was probably another before: what the last sessions showed lends some of its weight.
    const score = own + LENT * Math.max(0, Math.min(4, slot.before - 1))
    return { odds, own, score, surprise: Math.max(0, score) }
  }

  #alarming(
    subject: Subject,
    { profile }: Slot,
    { bag }: OpenSession,
    surprise: number,
    at: number,
  ): boolean {
    const { sessions, events } = this.#tuned.of(subject).options
    if (profile.sessions < sessions || bag.n < events || !this.#host.warm(at)) return false
    return surprise >= surpriseOf(this.#tail, TAIL, this.#host.allowance(this.#share))
  }

  #finish(subject: Subject, slot: Slot, session: OpenSession, report: Report): void {
    slot.open = slot.open.filter((other) => other !== session)
    slot.closed.push(session.id)
    if (slot.closed.length > CLOSED) slot.closed.shift()
    if (session.bag.n === 0) return
    const { odds, own, score, surprise } = this.#judge(slot, session)
    const p = rarity(this.#tail, TAIL, surprise)
    report.score?.({
      ...{ detector: this.name, user: subject.id, session: session.id },
      ...{ score: Number(Math.log1p(Math.exp(score)).toFixed(6)), p: Number(p.toPrecision(4)) },
    })
    const { profile } = slot
    const { options } = this.#tuned.of(subject)
    const counts = profile.sessions >= options.sessions && session.bag.n >= options.events
    if (this.#alarming(subject, slot, session, surprise, session.last))
      this.#tell(subject, slot, session, score, surprise, session.last, report)
    this.#weigh(subject, slot, session, score, surprise, session.last, report)
    if (counts && p > this.#host.allowance(this.#share) * 0.1)
      learnTail(this.#tail, TAIL, surprise, slot.peak, session.from)
    slot.before = short((slot.before + own) / 2)
    this.#learn(subject, slot, session, odds, own)
  }

  #learn(subject: Subject, slot: Slot, { bag, last, from }: OpenSession, odds: number, score: number): void {
    const { profile } = slot
    const { sessions, memory } = this.#tuned.of(subject).options
    const own =
      profile.sessions < sessions
        ? 1
        : Math.max(slot.streak > STEADY ? 0.3 : 0.02, 1 / (1 + Math.exp(3 * (score - GUARD))))
    if (profile.sessions >= sessions && bag.n >= 2) {
      observe(profile.usual, odds, 80)
      profile.usual.mean = short(profile.usual.mean)
      profile.usual.variance = short(profile.usual.variance)
      if (own > 0.5) {
        observe(this.#usual, odds, 5000)
        this.#weigher.learn(this.#compare(bag, profile, this.#crowd, this.#features), false)
        const other = this.#stranger(subject.index)
        if (other) this.#weigher.learn(this.#compare(bag, other, this.#crowd, this.#features), true)
      }
    }
    slot.streak = own < 0.5 ? slot.streak + 1 : 0
    const away = profile.last ? fade(last - profile.last, 180 * 86400e3) : 1
    this.#crowd.add(profile, -1)
    learn(profile, bag.counts, own, 2 ** (-own / memory) * away)
    this.#crowd.add(profile, 1)
    if (!profile.first) profile.first = from
    profile.last = Math.max(profile.last, last)
    if (++profile.sessions === sessions && !this.#known.includes(subject.index))
      this.#known.push(subject.index)
  }

  /** Somebody else whose habits are known: in turn, with steps that come round to all. */
  #stranger(own: number): Profile | undefined {
    const n = this.#known.length
    if (n < 2) return undefined
    this.#draw = (this.#draw + 7919) % 1e9
    const index = this.#known[this.#draw % n]
    return index === undefined || index === own ? undefined : this.#slots[index]?.profile
  }

  #weigh(
    subject: Subject,
    slot: Slot,
    session: OpenSession,
    score: number,
    surprise: number,
    at: number,
    report: Report,
  ) {
    const { sessions, events, shadow } = this.#tuned.of(subject).options
    if (shadow || slot.profile.sessions < sessions || session.bag.n < events) return
    report.weigh?.(subject, this.#spec, session.day, rarity(this.#tail, TAIL, surprise), at, (p, words) =>
      this.#tell(subject, slot, session, score, surprise, at, report, { p, words }),
    )
  }

  #tell(
    subject: Subject,
    slot: Slot,
    session: OpenSession,
    score: number,
    surprise: number,
    at: number,
    report: Report,
    together?: { p: number; words: readonly string[] },
  ) {
    const known = slot.matters.find(({ from, until }) => from < session.day.to && until > session.day.from)
    if (known && !together && surprise < known.surprise * 1.2 + 0.5) return
    const { from, to } = session.day
    const here: Matter = known ?? {
      ...{
        from,
        to,
        until: from + GOES_ON,
        scale: 'day',
        start: from,
        facet: '',
        at,
        surprise: 0,
        revision: 0,
        severity: 0,
      },
    }
    if (!known) slot.matters.push(here)
    const said = explainSession(session, slot.profile, this.#crowd, score)
    const explanation = together ? { ...said, extra: { ...said.extra, together: together.words } } : said
    const steps = (explanation.weight ?? 0) + (session.collections.some(this.#host.critical) ? 1 : 0)
    here.surprise = Math.max(here.surprise, surprise)
    const { options, config } = this.#tuned.of(subject)
    here.severity = Math.max(here.severity, severityOf(options.severity ?? this.#spec.severity, steps))
    here.revision++
    const { events, collections } = session
    const p = Math.min(rarity(this.#tail, TAIL, here.surprise), together?.p ?? 1)
    const open = { span: { from, to }, sessions: [session.id], events, collections }
    const about = { detector: this.#spec, subject, open, matter: here, explanation, p, config }
    tellAs(options, buildFinding({ ...about, certain: false }), at, subject, report)
  }
}

/** Faded mean and variance; one odd value moves them little. */
function observe(usual: { n: number; mean: number; variance: number }, value: number, memory: number): void {
  const limit = 4 * Math.sqrt(Math.max(usual.variance, 0.25))
  const x = usual.n < 5 ? value : Math.max(usual.mean - limit, Math.min(usual.mean + limit, value))
  usual.n = Math.min(usual.n + 1, memory)
  const step = 1 / usual.n
  const before = x - usual.mean
  usual.mean += step * before
  usual.variance += step * (before * (x - usual.mean) - usual.variance)
}
