import { fade, short } from '../baseline/round.ts'
import { createComparison, FEATURES } from './compare.ts'
import { createCrowd, NO_HABITS } from './crowd.ts'
import { learn, type Profile } from './profile.ts'
import type { OpenSession } from './session.ts'
import { createWeigher, type WeigherState } from './weigh.ts'

export interface Judged {
  /** Log odds of another. */
  odds: number
  /** These against what is usual, as of a user known for long, and what the session before lends them. */
  score: number
  /** What alerts: half deviations of everybody's, leaning less on the session before and more on the user's own usual. */
  surprise: number
}

/** What is known of one user's sessions. */
export interface Known {
  profile: Profile
  /** Sessions in a row that looked like another's. */
  streak: number
  /** How likely the session before was another's. */
  before: number
}

/** Score from which on a session is hardly learned, and how steeply. */
const GUARD = 0.5
const STEEP = 2
const LEAST = 0.02
/** Events for which a session counts once more. */
const MANY = 200
/** After so many in a row it is a change that lasts, and is learned while what was known fades. */
const STEADY = 10
const ADOPT = 0.8
/** How much of a user's own usual is taken off, once some are known: of what ranks, and of what alerts. */
const OWN = 0.1
const OWN_TOLD = 0.5
const SOME = 20
/** Sessions known at which a deviation counts half. */
const YOUNG = 6
/** Somebody else begins rarely, and then goes on: two states with these chances, after which odds shift. */
const RARE = 0.03
const GOES_ON = 0.7
const LENT = 0.6
const LENT_TOLD = 0.15
/** Surprise is in half deviations: on that scale the tails of companies lie as other detectors' do. */
const HALVES = 2
/** What is usual is known by how many sessions were: 1, 2, 4, 8, 16, 32 and more. */
export const AGES = 7
const ENOUGH = 100
const FIRST = { n: 0, mean: -2, variance: 1 }

const logit = (p: number) => Math.log(p / (1 - p))
const likely = (odds: number) => 1 / (1 + Math.exp(-odds))
const ageOf = (sessions: number) => Math.min(AGES - 1, Math.floor(Math.log2(Math.max(1, sessions))))

/** Says how likely a session is another's, and learns from those that are not what tells. */
export class SessionJudge {
  readonly crowd = createCrowd()
  readonly comparison = createComparison()
  readonly #known: Profile[] = []
  /** Where each of them stands. */
  readonly #places = new Map<Profile, number>()
  readonly #weigher = createWeigher()
  readonly #features = new Float64Array(FEATURES)
  /** Log odds of everybody's own sessions, by how many sessions were known. */
  #usual = Array.from({ length: AGES }, () => ({ ...FIRST, n: 5 }))
  #draw = 0

  judge({ profile, before }: Known, session: OpenSession): Judged {
    const odds = this.#weigher.odds(this.comparison.compare(session.bag, profile, this.crowd, this.#features))
    const { n, mean } = profile.usual
    const age = this.#usual[ageOf(profile.sessions)]!
    const away = (n / (n + SOME)) * (mean - age.mean)
    const sure = profile.sessions / (profile.sessions + YOUNG)
    const ripe = this.#ripe()
    const lent = logit(RARE + (GOES_ON - RARE) * before) - logit(RARE)
    const score = ripe.mean + sure * (odds - age.mean - OWN * away) + LENT * lent
    const deviation = sure * (odds - age.mean - OWN_TOLD * away) + LENT_TOLD * lent
    const spread = Math.sqrt(Math.max(ripe.variance, 0.1))
    const surprise = Math.max(0, (HALVES * deviation) / spread)
    return { odds, score, surprise }
  }

  /**
   * Guarded updating: how much a session is learned follows how likely it is the user's own. Right after it was judged.
   */
  learn(
    known: Known,
    { bag, last, from }: OpenSession,
    { odds, score }: Pick<Judged, 'odds' | 'score'>,
    { sessions, memory }: { sessions: number; memory: number },
  ): void {
    const { profile } = known
    const mine = likely(STEEP * (GUARD - score))
    const young = profile.sessions < sessions
    const steady = known.streak >= STEADY
    const worth = young || steady ? 1 : Math.max(LEAST, mine)
    // What goes on is the user's usual now: else one who was known first would be the measure of all.
    if (bag.n > 0 && profile.sessions > 0 && (young || mine > 0.5 || steady)) {
      observe(this.#usual[ageOf(profile.sessions)]!, odds, 3000)
      if (!young) {
        observe(profile.usual, odds, 80)
        profile.usual.mean = short(profile.usual.mean)
        profile.usual.variance = short(profile.usual.variance)
      }
    }
    // Also the first odd one of a row: what honest users do now and then must not tell too much.
    if (bag.n > 0 && !young && (mine > 0.5 || known.streak === 0)) {
      // As the judgement left them: it was of this session.
      this.#weigher.learn(this.#features, false)
      const other = this.#stranger(profile)
      if (other)
        this.#weigher.learn(this.comparison.compare(bag, other, this.crowd, this.#features, profile), true)
    }
    known.before = young || steady ? 0 : short(likely(score - 1))
    known.streak = mine < 0.5 ? known.streak + 1 : 0
    const away = profile.last ? fade(last - profile.last, 180 * 86400e3) : 1
    const before = { ...profile }
    learn(profile, bag.counts, worth, 2 ** (-worth / memory) * away * (steady ? ADOPT : 1))
    this.crowd.add(profile, before)
    if (!profile.first) profile.first = from
    profile.last = Math.max(profile.last, last)
    // One that goes on and on teaches as many do.
    profile.sessions += 1 + Math.floor(bag.n / MANY)
    if (profile.sessions >= sessions) this.know(profile)
  }

  /** This profile is known well enough to be the stranger of others' sessions. */
  know(profile: Profile): void {
    if (this.#places.has(profile)) return
    this.#places.set(profile, this.#known.length)
    this.#known.push(profile)
  }

  /** What is known of somebody of whom nothing came yet: as part of the crowd and as a stranger, until it does. */
  lend(profile: Profile): void {
    this.crowd.add(profile)
    this.know(profile)
  }

  takeBack(profile: Profile): void {
    this.crowd.add(NO_HABITS, profile)
    const place = this.#places.get(profile)
    const last = this.#known.pop()
    this.#places.delete(profile)
    if (place === undefined || last === undefined || last === profile) return
    this.#known[place] = last
    this.#places.set(last, place)
  }

  save() {
    return {
      weigher: this.#weigher.save(),
      usual: this.#usual.map(({ n, mean, variance }): [number, number, number] => [n, mean, variance]),
    }
  }

  load({ weigher, usual }: { weigher: WeigherState; usual: readonly [number, number, number][] }) {
    this.#weigher.load(weigher)
    this.#usual = usual.map(([n, mean, variance]) => ({ n, mean, variance }))
  }

  /** What is usual of the users that are known longest. */
  #ripe() {
    let ripe = FIRST
    for (const age of this.#usual) if (age.n > ENOUGH) ripe = age
    return ripe
  }

  /** Somebody else whose habits are known: in turn, with steps that come round to all. */
  #stranger(own: Profile): Profile | undefined {
    const n = this.#known.length
    if (n < 2) return undefined
    this.#draw = (this.#draw + 7919) % 1e9
    const other = this.#known[this.#draw % n]
    return other === own ? undefined : other
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
