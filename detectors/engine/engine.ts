import { z } from 'zod'
import type { SessionEvent } from '../../core/event.ts'
import type { Finding } from '../finding.ts'
import { createCalendar } from '../tuning/calendar.ts'
import { createAccord } from './accord.ts'
import { createAgenda } from './agenda.ts'
import type { Detector } from './detector.ts'
import { type Facts, FIRST, factsOf } from './facts.ts'
import type { Report, Tracker } from './host.ts'
import { createMarks } from './marks.ts'
import { createMonths } from './months.ts'
import { type Engine, type EngineOptions, noCounts } from './options.ts'
import { createOwners, reviewerOf } from './owners.ts'
import { createPace } from './pace.ts'
import { createRest } from './rest.ts'
import { joinShared, SAVED, type SavedUser, savedShared } from './saved.ts'
import { loadUser, type Place, readUser, saveUser } from './saving.ts'
import { createSeen } from './seen.ts'
import { type Scale, type Span, spanAt } from './span.ts'
import type { OpenSpan, Subject } from './subject.ts'
import { createTeams } from './teams.ts'
import { createTurnout } from './turnout.ts'
import { createWatermark } from './watermark.ts'
import { createZones } from './zones.ts'

const HOUR = 3600e3
/** Nothing is known yet. */
const RESTING = { awake: false, resting: undefined, touched: 0 }
const NO_ROLES: readonly string[] = []
const NO_SPAN: Span = { scale: 'day', from: 0, to: 0, zone: 'UTC', hour: 0, weekday: 1 }

/** Part of the budget for what several detectors say together; the rest is for single ones. */
const TOGETHER = 0.25
/** The group of whom nothing was said. */
const NOBODY = 'human:'

/** Puts trackers, windows, users at rest and the company together; what the words mean stands at `Engine`. */
export function createEngine({
  config,
  detectors,
  score,
  shadow,
  forgives = () => false,
  before,
  part,
}: EngineOptions): Engine {
  const zones = createZones()
  const fallback = zones.known(config.timezone) ?? 'UTC'
  const seen = createSeen()
  const watermark = createWatermark(config.lateness)
  const agenda = createAgenda<{ subject: Subject; open: OpenSpan }>()
  const owners = createOwners()
  const turnout = createTurnout()
  const teams = createTeams()
  const pace = createPace()
  const months = createMonths()
  const marked = createMarks(createCalendar(config.holidays, config.exposures), months)
  const subjects = new Map<string, Subject>()
  const critical = new Set(config.critical)
  const counters = noCounts()
  let now = Infinity
  let first = Infinity
  let found: Finding[] = []

  const active = detectors.filter((detector) => config.rules[detector.name]?.enabled ?? true)
  const shareOf = ({ name, share }: Detector) => share && (config.rules[name]?.share ?? share)
  const shares = active.reduce((sum, detector) => sum + shareOf(detector), 0)
  /** False alerts a user-day. */
  const budget = () => Math.min(config.budget / Math.max(1, turnout.perWeek()), config.ceiling / 1000)
  const host = {
    allowance: (share: number) => ((1 - TOGETHER) * budget() * share) / Math.max(shares, 1e-9),
    warm: (at: number) => at - first >= config.warmup,
    critical: (collection: string) => critical.has(collection),
    forgives,
    teams,
    wake: (subject: Subject) => rest.wake(subject),
    pace,
    months,
    before,
    bursts: () => trackers.find(({ bursts }) => bursts)?.bursts,
  }
  const accord = createAccord({ allowance: () => TOGETHER * budget(), warm: host.warm })
  const report: Report = {
    finding(finding) {
      found.push(finding)
      const subject = finding.user && subjects.get(finding.user.id)
      if (subject) accord.told(subject, Date.parse(finding['@timestamp']))
    },
    ...(shadow && { shadow }),
    weigh: accord.weigh,
    ...(score && { score }),
  }
  const trackers: readonly Tracker[] = active.map((detector) =>
    detector.track(config.rules[detector.name] ?? {}, host),
  )

  const rest = createRest(trackers, config.awake)
  /** Of these trackers, for each combination of signs, those that an event with them can concern. */
  const concerned = (of: readonly Tracker[]) => {
    const lists: (readonly Tracker[] | undefined)[] = []
    return (signs: number) => {
      lists[signs] ??= of.filter((tracker) => tracker.signs === undefined || tracker.signs & signs)
      return lists[signs]
    }
  }
  const everyone = concerned(trackers)
  const watching = trackers.filter((tracker) => tracker.reviewers)
  const watchers = concerned(watching)
  const hourly = trackers.filter((tracker) => tracker.scales.includes('hour'))
  const weekly = trackers.filter((tracker) => tracker.scales.includes('week'))
  /** Of the event at hand; one object for all of them. */
  const spans: Record<Scale, Span> = { hour: NO_SPAN, day: NO_SPAN, week: NO_SPAN }

  const subjectOf = (id: string): Subject => {
    let subject = subjects.get(id)
    if (!subject) {
      const index = subjects.size
      const place = { group: NOBODY, roles: NO_ROLES, zone: fallback, spans: [], cover: {}, loaded: {} }
      subject = { id, index, ...place, first: Infinity, last: -Infinity, dirty: false, ...RESTING }
      subjects.set(id, subject)
      counters.users++
    }
    return subject
  }

  const update = (subject: Subject, facts: Facts) => {
    subject.dirty = true
    subject.first = Math.min(subject.first, facts.at)
    subject.last = Math.max(subject.last, facts.at)
    if (facts.zone !== subject.zone) subject.zone = zones.known(facts.zone) ?? subject.zone
    if (facts.roles && !same(facts.roles, subject.roles)) subject.roles = facts.roles
    if (facts.group !== undefined && facts.group !== subject.group) {
      const before = subject.group
      subject.group = facts.group
      teams.move(subject, before)
      for (const tracker of trackers) tracker.regroup(subject, before, before !== NOBODY)
    }
    if (facts.sequence !== undefined)
      subject.cover[facts.chain] = Math.max(subject.cover[facts.chain] ?? 0, facts.sequence)
  }

  const zoneOf = (name: string) => zones.known(name) ?? fallback
  /** Opens a window that was open when it was saved. */
  const place: Place = (subject, { s, f, z, l, m = 1 }) => {
    const span = marked(subject, spanAt(s, f, zoneOf(z), zones), m)
    const open = { span, late: l }
    subject.spans.push(open)
    agenda.add(span.to, { subject, open })
  }
  const openSpan = (subject: Subject, scale: Scale, at: number): OpenSpan => {
    for (const open of subject.spans)
      if (open.span.scale === scale && at >= open.span.from && at < open.span.to) return open
    const span = marked(subject, spanAt(scale, at, subject.zone, zones))
    const open = { span, late: span.to <= watermark.at }
    subject.spans.push(open)
    agenda.add(open.late ? watermark.at + 3600e3 : span.to, { subject, open })
    if (scale === 'day' && !open.late) {
      turnout.add(span.from, 1 / (part?.share ?? 1))
      if (host.warm(span.to)) {
        for (const tracker of trackers) tracker.day()
        accord.day()
      }
    }
    return open
  }

  const closeDue = (until: number) => {
    for (const { subject, open } of agenda.due(until)) {
      rest.wake(subject)
      const { spans } = subject
      spans.splice(spans.indexOf(open), 1)
      // Most windows are hours, which few detectors look at.
      const concerned = open.span.scale === 'hour' ? hourly : trackers
      for (const tracker of concerned) tracker.close(subject, open.span, open.late, report)
      if (open.span.scale === 'day' && !open.late) accord.close(subject, open.span)
      subject.dirty = true
      rest.settle()
    }
  }
  /** Gives an event to these trackers, as a deed of this user. @returns whether it came late */
  const deal = (
    event: SessionEvent,
    user: string,
    at: number,
    to: (signs: number) => readonly Tracker[],
  ): boolean => {
    const facts = factsOf(event, user, at)
    const subject = subjectOf(facts.user)
    rest.wake(subject)
    update(subject, facts)
    const day = openSpan(subject, 'day', at)
    spans.day = day.span
    spans.hour = hourly.length ? openSpan(subject, 'hour', at).span : day.span
    spans.week = weekly.length ? openSpan(subject, 'week', at).span : day.span
    if (facts.read) pace.see(Math.min(23, Math.floor((at - day.span.from) / HOUR)))
    for (const tracker of to(facts.signs)) tracker.push(subject, facts, spans, report)
    rest.settle()
    return day.late
  }
  const here = (id: string) => part === undefined || part.owns(id)
  const take = () => {
    if (!found.length) return found
    const taken = found
    found = []
    return taken
  }

  return {
    counters,
    push(event, at = Date.parse(event['@timestamp'])) {
      counters.events++
      if (!(at <= now + config.skew)) {
        counters.future++
        return take()
      }
      const chain = event.tracewarden.chain?.id ?? ''
      const user = owners.of(event)
      const sequence = event.event.sequence
      const reviewer = watching.length ? reviewerOf(event) : undefined
      const elsewhere = user !== undefined && !here(user)
      const known = user === undefined ? undefined : subjects.get(user)
      const covered = sequence !== undefined && sequence <= (known?.loaded[chain] ?? -1)
      // An event that concerns nobody here tells only the time, and need not be remembered.
      const remembered = !elsewhere || (reviewer !== undefined && here(reviewer))
      if ((remembered && !seen.add(event.event.id, at)) || covered) {
        counters.repeated++
        return take()
      }
      // What came late, or bears no real time, does not say when the records began: the warm-up would be over at once.
      if (at >= watermark.at && at >= FIRST) first = Math.min(first, at)
      watermark.see(chain, at)
      closeDue(watermark.at)
      if (user === undefined) counters.anonymous++
      else if (elsewhere) counters.elsewhere++
      else if (deal(event, user, at, everyone)) counters.late++
      const saw = reviewer !== undefined && (subjects.get(reviewer)?.loaded[chain] ?? -1) >= (sequence ?? 0)
      if (reviewer !== undefined && here(reviewer) && !saw) deal(event, reviewer, at, watchers)
      return take()
    },
    advance(wall) {
      now = wall
      watermark.tick(wall)
      closeDue(watermark.at)
      return take()
    },
    finish() {
      closeDue(Infinity)
      return take()
    },
    snapshot(only) {
      const users = new Map<string, SavedUser>()
      const some = only ? [...only].flatMap((id) => subjects.get(id) ?? []) : subjects.values()
      for (const subject of some) {
        if (!subject.dirty) continue
        subject.dirty = false
        rest.wake(subject)
        users.set(subject.id, saveUser(subject, trackers, accord))
        rest.settle()
      }
      const tails: Record<string, unknown> = Object.fromEntries(
        trackers.map((tracker) => [tracker.name, tracker.tails()]),
      )
      tails.accord = accord.tail()
      const began = first < Infinity ? { first } : {}
      const chains = watermark.save()
      const seen = () => ({ pace: pace.save(), months: months.save() })
      return { users, shared: { v: SAVED, ...began, chains, tails, days: turnout.save(), ...seen() } }
    },
    restore({ users, shared }) {
      const problems: string[] = []
      for (const [id, saved] of users) {
        const known = readUser(saved)
        if (!known) {
          problems.push(`${id}: not a baseline of this version`)
          continue
        }
        const subject = subjectOf(id)
        rest.wake(subject)
        problems.push(...loadUser(subject, known, { trackers, accord, teams, zoneOf, place }))
        rest.settle()
      }
      if (shared === undefined) return problems
      const whole = z.array(savedShared).safeParse(shared)
      if (!whole.success || !whole.data[0]) return [...problems, 'shared: not of this version']
      const {
        first: began = Infinity,
        chains,
        days,
        tails,
        pace: hours,
        months: turns,
      } = joinShared(whole.data[0], whole.data)
      first = Math.min(first, began)
      watermark.load(chains)
      turnout.load(days)
      pace.load(hours)
      months.load(turns)
      for (const tracker of trackers) tracker.loadTails(tails[tracker.name])
      accord.loadTail(tails.accord)
      return problems
    },
  }
}

const same = (a: readonly string[], b: readonly string[]) =>
  a === b || (a.length === b.length && a.every((name, i) => name === b[i]))
