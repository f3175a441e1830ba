import { CHANNELS, channelOf } from './tokens.ts'

/** What everybody does: the sum of all profiles, so that after a restart it follows from them. */
export interface Crowd {
  /** Negative to take away. */
  add(token: number, weight: number): void
  seen(token: number): number
  total(channel: number): number
  /** Different tokens of a channel, and some not met yet. */
  kinds(channel: number): number
}

const MOST = 400_000
const UNMET = 30
const NOTHING = 1e-4

export function createCrowd(): Crowd {
  const weights = new Map<number, number>()
  const totals = new Float64Array(CHANNELS.length)
  const kinds = new Float64Array(CHANNELS.length)
  return {
    add(token, weight) {
      const known = weights.get(token) ?? 0
      // A source with unbounded names (an id in every shape) must not fill the memory: it is one unknown name.
      if (known === 0 && weights.size >= MOST) return
      const channel = channelOf(token)
      const sum = known + weight
      totals[channel]! += weight
      if (sum > NOTHING) {
        if (known === 0) kinds[channel]!++
        weights.set(token, sum)
      } else if (weights.delete(token)) kinds[channel]!--
    },
    seen: (token) => weights.get(token) ?? 0,
    total: (channel) => totals[channel]!,
    kinds: (channel) => kinds[channel]! + UNMET,
  }
}
