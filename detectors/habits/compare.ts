import type { Crowd } from './crowd.ts'
import { type Profile, totals, weightOf } from './profile.ts'
import { type Bag, CHANNELS, channelOf } from './tokens.ts'

/**
 * A session held against a profile: for each channel how much likelier its tokens are from anybody than from this user
 * (mean log-likelihood ratio, plain and with repeats damped: they come in bursts, Rennie et al. 2003), and what share of
 * them this user never showed. Naive Bayes, self against others, after Maxion & Townsend 2002.
 */
export const PER_CHANNEL = 4
export const FEATURES = CHANNELS.length * PER_CHANNEL + 1

/** Pseudo-count of a token never seen (Maxion & Townsend's α). */
const ALPHA = 0.05
const scratch = () => new Float64Array(CHANNELS.length)

/** ln of how much likelier a token is from anybody else than from this user. */
export function strangeness(token: number, known: number, own: number, crowd: Crowd): number {
  const channel = channelOf(token)
  const floor = ALPHA * crowd.kinds(channel)
  const self = (known + ALPHA) / (own + floor)
  const others =
    (Math.max(0, crowd.seen(token) - known) + ALPHA) / (Math.max(0, crowd.total(channel) - own) + floor)
  return Math.log(others / self)
}

export function createComparison() {
  const own = scratch()
  const plain = scratch()
  const counts = scratch()
  const damped = scratch()
  const mass = scratch()
  const unseen = scratch()
  const rows = [plain, counts, damped, mass, unseen]
  return function compare(bag: Bag, profile: Profile, crowd: Crowd, into: Float64Array): Float64Array {
    totals(profile, own)
    for (const row of rows) row.fill(0)
    bag.counts.forEach((count, token) => {
      const channel = channelOf(token)
      const known = weightOf(profile, token)
      const ratio = strangeness(token, known, own[channel]!, crowd)
      const weight = Math.log2(1 + count)
      plain[channel]! += count * ratio
      counts[channel]! += count
      damped[channel]! += weight * ratio
      mass[channel]! += weight
      if (known === 0) unseen[channel]! += weight
    })
    const length = Math.log2(1 + Math.min(bag.n, 400)) / 4
    into.fill(0)
    for (let c = 0; c < CHANNELS.length; c++) {
      if (mass[c] === 0 || own[c] === 0) continue
      const sure = own[c]! / (own[c]! + 10)
      const mean = clip(plain[c]! / counts[c]!) * sure
      const i = PER_CHANNEL * c
      into[i] = mean
      into[i + 1] = mean * length
      into[i + 2] = clip(damped[c]! / mass[c]!) * sure
      into[i + 3] = (unseen[c]! / mass[c]!) * 3 * sure
    }
    into[FEATURES - 1] = 1
    return into
  }
}

const clip = (value: number) => Math.max(-5, Math.min(6, value))
