import { fade, short } from '../baseline/round.ts'
import { createComparison, FEATURES } from './compare.ts'
import { createCrowd } from './crowd.ts'
import { learn, type Profile } from './profile.ts'
import type { OpenSession } from './session.ts'
import { createWeigher, type WeigherState } from './weigh.ts'

export interface Judged {
  /** Log odds of another. */
  odds: number
  /** These in deviations of everybody's, half way to the user's own usual. */
  own: number
  score: number
  surprise: number
}

/** What is known of one user's sessions. */
export interface Known {
  profile: Profile
  /** Sessions in a row that looked like another's. */
  streak: number
  /** Faded scores of the sessions before. */
  before: number
}

/** Deviations at which a session is as likely another's as the user's own. */
const GUARD = 2.2
/** After so many in a row it is a change that lasts, and is learned. */
const STEADY = 8
const LENT = 0.25

/** Says how likely a session is another's, and learns from those that are not what tells. */
export class SessionJudge {
  readonly crowd = createCrowd()
  readonly #known: Profile[] = []
  readonly #weigher = createWeigher()
  readonly #compare = createComparison()
  readonly #features = new Float64Array(FEATURES)
  /** Scores of everybody's own sessions. */
  #usual = { n: 20, mean: -2, variance: 1 }
  #draw = 0

  /** Log odds in deviations from what is usual, half for this user and half for everybody. */
  judge({ profile, before }: Known, session: OpenSession): Judged {
    const odds = this.#weigher.odds(this.#compare(session.bag, profile, this.crowd, this.#features))
    const { n, mean } = profile.usual
    const all = this.#usual
    const center = (n * mean + 8 * all.mean) / (n + 8)
    const own = (odds - (center + all.mean) / 2) / Math.sqrt(Math.max(all.variance, 0.1))
    // Who is another now was probably another before: what the last sessions showed lends some of its weight.
    const score = own + LENT * Math.max(0, Math.min(4, before - 1))
    return { odds, own, score, surprise: Math.max(0, score) }
  }

  /** Guarded updating: how much a session is learned follows how likely it is the user's own. */
  learn(
    known: Known,
    { bag, last, from }: OpenSession,
    { odds, own: score }: Pick<Judged, 'odds' | 'own'>,
    { sessions, memory }: { sessions: number; memory: number },
  ): void {
    const { profile } = known
    const own =
      profile.sessions < sessions
        ? 1
        : Math.max(known.streak > STEADY ? 0.3 : 0.02, 1 / (1 + Math.exp(3 * (score - GUARD))))
    if (profile.sessions >= sessions && bag.n >= 2) {
      observe(profile.usual, odds, 80)
      profile.usual.mean = short(profile.usual.mean)
      profile.usual.variance = short(profile.usual.variance)
      if (own > 0.5) {
        observe(this.#usual, odds, 5000)
        this.#weigher.learn(this.#compare(bag, profile, this.crowd, this.#features), false)
        const other = this.#stranger(profile)
        if (other) this.#weigher.learn(this.#compare(bag, other, this.crowd, this.#features), true)
      }
    }
    known.streak = own < 0.5 ? known.streak + 1 : 0
    const away = profile.last ? fade(last - profile.last, 180 * 86400e3) : 1
    this.crowd.add(profile, -1)
    learn(profile, bag.counts, own, 2 ** (-own / memory) * away)
    this.crowd.add(profile, 1)
    if (!profile.first) profile.first = from
    profile.last = Math.max(profile.last, last)
    if (++profile.sessions === sessions && !this.#known.includes(profile)) this.know(profile)
  }

  /** This profile is known well enough to be the stranger of others' sessions. */
  know(profile: Profile): void {
    this.#known.push(profile)
  }

  save() {
    const { n, mean, variance } = this.#usual
    return { weigher: this.#weigher.save(), usual: [n, mean, variance] }
  }

  load({ weigher, usual: [n, mean, variance] }: { weigher: WeigherState; usual: [number, number, number] }) {
    this.#weigher.load(weigher)
    this.#usual = { n, mean, variance }
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
