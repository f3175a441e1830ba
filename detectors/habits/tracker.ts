import { learnDay, learnTail, noTail, rarity, surpriseOf, type Tail } from '../baseline/calibration.ts'
import type { CommonOptions, Metadata } from '../engine/detector.ts'
import type { Facts } from '../engine/facts.ts'
import { buildFinding, severityOf, tellAs } from '../engine/findings.ts'
import type { Foreknown, Host, Report, Spans, Tracker } from '../engine/host.ts'
import type { Span } from '../engine/span.ts'
import type { Subject } from '../engine/subject.ts'
import { GOES_ON, type Matter } from '../engine/window.ts'
import type { Tuned } from '../tuning/tuned.ts'
import { explainSession } from './explain.ts'
import { SessionJudge } from './judge.ts'
import { unpack } from './pack.ts'
import { emptyProfile, fadeAll, type Profile } from './profile.ts'
import { savedShared, savedTracker } from './saved.ts'
import { beginSession, note, type OpenSession, over, someOver, withId } from './session.ts'
import { newSlot, packSlot, type Slot, unpackSlot } from './slot.ts'
import { take } from './tokens.ts'

export interface HabitOptions extends CommonOptions {
  /** Sessions known before one can be unusual. */
  sessions: number
  /** Fewer events say too little. */
  events: number
  /** Sessions after which a habit counts half. */
  memory: number
}

const TAIL = { knee: 3, rate: 0.02, mean: 1 }
const CLOSED = 6

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
  /** Of users who rest, or did. */
  readonly #resting: (Profile | undefined)[] = []
  readonly #judge = new SessionJudge()
  readonly #foreseen = new Map<string, Profile>()
  #tail: Tail = noTail()

  constructor(spec: Metadata & { share: number }, tuned: Tuned<HabitOptions>, host: Host) {
    this.name = spec.name
    this.#spec = spec
    this.#tuned = tuned
    this.#host = host
    this.#share = tuned.base.options.share ?? spec.share
    if (host.before) this.#foresee(host.before)
  }

  push(subject: Subject, facts: Facts, spans: Spans, report: Report): void {
    const { options, allows } = this.#tuned.of(subject)
    if (!options.enabled || allows?.(facts, subject)) return
    const slot = this.#slots[subject.index] ?? this.#newSlot(subject)
    if (someOver(slot.open, facts.session, facts.at, slot.begun))
      for (const done of over(slot.open, facts.session, facts.at, slot.begun))
        this.#finish(subject, slot, done, report)
    let session = withId(slot.open, facts.session)
    if (!session) {
      const again = slot.closed.includes(facts.session)
      // What came late is no session that goes on.
      if (again && facts.at <= slot.profile.last) return
      session = beginSession(facts, spans.day, ++slot.begun, again)
      slot.open.push(session)
    }
    const fresh = take(session.bag, facts, this.#host.before ? undefined : spans.day)
    note(session, facts, slot.begun)
    const { n } = session.bag
    if (n < session.next || (!fresh && n < session.next * 1.5)) return
    session.next = Math.ceil(n * 1.3)
    const { surprise } = this.#judge.judge(slot, session)
    if (this.#alarming(subject, slot, session, surprise, facts.at))
      this.#tell(subject, slot, session, surprise, facts.at, report)
    this.#weigh(subject, slot, session, surprise, facts.at, report)
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
    const before = { ...slot.profile }
    fadeAll(slot.profile, 0.1)
    this.#judge.crowd.add(slot.profile, before)
    slot.profile.sessions = 0
  }

  save(subject: Subject) {
    const slot = this.#slots[subject.index]
    return slot && packSlot(slot)
  }

  load(subject: Subject, saved: unknown): string | undefined {
    const known = unpackSlot(saved, (from) =>
      subject.spans.find(({ span }) => span.scale === 'day' && span.from === from),
    )
    if (!known) return `${this.name}: not a baseline of this version`
    const slot = Object.assign(this.#newSlot(subject), known)
    this.#judge.crowd.add(slot.profile)
    if (slot.profile.sessions >= this.#tuned.of(subject).options.sessions) this.#judge.know(slot.profile)
    return undefined
  }

  /** The profile stays at hand: others' sessions are held against it. */
  held(subject: Subject): Omit<Slot, 'profile'> | undefined {
    const slot = this.#slots[subject.index]
    if (!slot) return undefined
    const { profile: _, ...held } = slot
    return held
  }

  hold(subject: Subject, held: Omit<Slot, 'profile'> | undefined): void {
    const { index } = subject
    const slot = this.#slots[index]
    if (held) this.#slots[index] = { ...held, profile: this.#resting[index] ?? emptyProfile() }
    else if (slot) {
      this.#resting[index] = slot.profile
      this.#slots[index] = undefined
    }
  }

  tails() {
    return { session: this.#tail, ...this.#judge.save() }
  }

  loadTails(saved: unknown): void {
    const parsed = savedShared.safeParse(saved)
    if (!parsed.success) return
    this.#tail = parsed.data.session
    this.#judge.load(parsed.data)
  }

  /** Others' habits, each until the first event of theirs, and what tells; not how rare what is. */
  #foresee({ users, shared }: Foreknown): void {
    users.forEach(({ detectors }, id) => {
      const saved = savedTracker.safeParse(detectors[this.name])
      const habits = saved.success ? unpack(saved.data.b.w) : undefined
      if (!habits) return
      const profile = { ...emptyProfile(), ...habits }
      this.#foreseen.set(id, profile)
      this.#judge.lend(profile)
    })
    const tails = savedShared.safeParse(shared?.tails[this.name])
    if (tails.success) this.#judge.load(tails.data)
  }

  #newSlot(subject: Subject): Slot {
    const foreseen = this.#foreseen.get(subject.id)
    if (foreseen) this.#judge.takeBack(foreseen)
    this.#foreseen.delete(subject.id)
    const slot = newSlot()
    this.#slots[subject.index] = slot
    return slot
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
    if (!session.again) slot.closed.push(session.id)
    if (slot.closed.length > CLOSED) slot.closed.shift()
    const { odds, score, surprise } = this.#judge.judge(slot, session)
    const p = rarity(this.#tail, TAIL, surprise)
    if (!session.again)
      report.score?.({
        ...{ detector: this.name, user: subject.id, session: session.id },
        ...{ score: Number(Math.log1p(Math.exp(score)).toFixed(6)), p: Number(p.toPrecision(4)) },
      })
    if (session.bag.n === 0) return
    const { profile } = slot
    const { options } = this.#tuned.of(subject)
    const counts = profile.sessions >= options.sessions && session.bag.n >= options.events
    if (this.#alarming(subject, slot, session, surprise, session.last))
      this.#tell(subject, slot, session, surprise, session.last, report)
    this.#weigh(subject, slot, session, surprise, session.last, report)
    if (counts && p > this.#host.allowance(this.#share) * 0.1)
      learnTail(this.#tail, TAIL, surprise, slot.peak, session.from)
    this.#judge.learn(slot, session, { odds, score }, options)
  }

  #weigh(subject: Subject, slot: Slot, session: OpenSession, surprise: number, at: number, report: Report) {
    const { sessions, events, shadow } = this.#tuned.of(subject).options
    if (shadow || slot.profile.sessions < sessions || session.bag.n < events) return
    // It may be told when the user has rested and was woken: of the slot and session as they are then.
    report.weigh?.(subject, this.#spec, session.day, rarity(this.#tail, TAIL, surprise), at, (p, words) => {
      const now = this.#slots[subject.index]
      if (!now) return
      const here = now.open.find(({ id, from }) => id === session.id && from === session.from) ?? session
      this.#tell(subject, now, here, surprise, at, report, { p, words })
    })
  }

  #tell(
    subject: Subject,
    slot: Slot,
    session: OpenSession,
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
    const said = explainSession(session, slot.profile, this.#judge.crowd, this.#judge.comparison, surprise)
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
