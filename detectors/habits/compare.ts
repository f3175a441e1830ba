import type { Crowd } from './crowd.ts'
import { noTotals, type Profile, type Totals, totals, weightOf } from './profile.ts'
import { type Bag, CHANNELS, channelOf } from './tokens.ts'

/**
 * A session held against a profile: for each channel how much likelier its tokens are from anybody than from this user
 * (mean log-likelihood ratio, plain and with repeats damped: they come in bursts, Rennie et al. 2003), what share of
 * them this user never showed, and what share nobody did. Naive Bayes, self against others, after Maxion & Townsend
 * 2002; but what a user does not show yet is smoothed by how much new the user usually shows (Witten & Bell 1991), as
 * with one small count for everything a token that nobody knows would speak for the user.
 */
export const PER_CHANNEL = 5
export const FEATURES = CHANNELS.length * PER_CHANNEL + 1

/** Pseudo-count of a token that nobody showed. */
const NEW = 0.05
/** Below this nobody else shows it. */
const NOBODY = 0.5
/** Half a count for each token that is known, and two where nothing is. */
const unknownMass = (kinds: number) => 0.5 * kinds + 2
const scratch = () => new Float64Array(CHANNELS.length)

/** What others show of a token's channel, besides this user and, where one is asked about, the session's author. */
interface Others {
  known: number
  total: number
  kinds: number
}

/** ln of how much likelier a token is from anybody else than from a user who showed it `known` times. */
function strangeness(known: number, own: number, kinds: number, others: Others): number {
  const anybody = (others.known + NEW) / (others.total + NEW * others.kinds)
  const unknown = unknownMass(kinds)
  return Math.log((anybody * (own + unknown)) / (known + unknown * anybody))
}

export type Comparison = ReturnType<typeof createComparison>

export function createComparison() {
  const own = noTotals()
  const theirs = noTotals()
  const plain = scratch()
  const counts = scratch()
  const damped = scratch()
  const mass = scratch()
  const unseen = scratch()
  const unheard = scratch()
  const rows = [plain, counts, damped, mass, unseen, unheard]
  const others: Others = { known: 0, total: 0, kinds: 0 }
  const none = noTotals()

  /** What others than these show of a token. */
  const rest = (crowd: Crowd, token: number, known: number, author: Profile | undefined, away: Totals) => {
    const channel = channelOf(token)
    const besides = known + (author ? weightOf(author, token) : 0)
    others.known = Math.max(0, crowd.seen(token) - besides)
    others.total = Math.max(0, crowd.total(channel) - own.weight[channel]! - away.weight[channel]!)
    others.kinds = crowd.kinds(channel)
    return others
  }

  return {
    /** `author`: whose session it is, where it is not held against their own profile: nobody's stranger is known. */
    compare(bag: Bag, profile: Profile, crowd: Crowd, into: Float64Array, author?: Profile): Float64Array {
      totals(profile, own)
      const away = author ? totals(author, theirs) : none
      for (const row of rows) row.fill(0)
      bag.counts.forEach((count, token) => {
        const channel = channelOf(token)
        const known = weightOf(profile, token)
        const { known: elsewhere } = rest(crowd, token, known, author, away)
        const ratio = strangeness(known, own.weight[channel]!, own.kinds[channel]!, others)
        const weight = Math.log2(1 + count)
        plain[channel]! += count * ratio
        counts[channel]! += count
        damped[channel]! += weight * ratio
        mass[channel]! += weight
        if (known > 0) return
        unseen[channel]! += weight
        if (elsewhere < NOBODY) unheard[channel]! += weight
      })
      const length = Math.log2(1 + Math.min(bag.n, 400)) / 4
      into.fill(0)
      for (let c = 0; c < CHANNELS.length; c++) {
        const total = own.weight[c]!
        if (mass[c] === 0 || total === 0) continue
        const sure = total / (total + 10)
        const mean = clip(plain[c]! / counts[c]!) * sure
        const i = PER_CHANNEL * c
        into[i] = mean
        into[i + 1] = mean * length
        into[i + 2] = clip(damped[c]! / mass[c]!) * sure
        into[i + 3] = (unseen[c]! / mass[c]!) * 3 * sure
        into[i + 4] = (unheard[c]! / mass[c]!) * 3 * sure
      }
      into[FEATURES - 1] = 1
      return into
    },

    /** How strange each token of a session is, in channels of which this user has shown something. */
    tokens(bag: Bag, profile: Profile, crowd: Crowd) {
      totals(profile, own)
      return [...bag.counts].flatMap(([token, n]) => {
        const channel = channelOf(token)
        if (own.weight[channel] === 0) return []
        const known = weightOf(profile, token)
        rest(crowd, token, known, undefined, none)
        const ratio = strangeness(known, own.weight[channel]!, own.kinds[channel]!, others)
        return [{ token, n, known, ratio }]
      })
    },
  }
}

const clip = (value: number) => Math.max(-5, Math.min(6, value))
