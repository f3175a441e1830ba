import { type Profile, WEIGHTS } from './profile.ts'
import { CHANNELS, channelOf } from './tokens.ts'

type Habits = Pick<Profile, 'tokens' | 'weights'>

/** What everybody does: the sum of all profiles, so that after a restart it follows from them. */
export interface Crowd {
  /** Adds what a profile has come to beyond what was counted of it before, if it was. */
  add(profile: Habits, before?: Habits): void
  seen(token: number): number
  total(channel: number): number
  /** Different tokens of a channel, and some not met yet. */
  kinds(channel: number): number
}

const MOST = 400_000
const UNMET = 30
const NOTHING = 1e-4
export const NO_HABITS: Habits = { tokens: new Uint32Array(0), weights: new Uint8Array(0) }

export function createCrowd(): Crowd {
  const weights = createWeights()
  const totals = new Float64Array(CHANNELS.length)
  const kinds = new Float64Array(CHANNELS.length)
  const add = (token: number, weight: number) => {
    const known = weights.get(token)
    // A source with unbounded names (an id in every shape) must not fill the memory: it is one unknown name.
    if (known === 0 && weights.used() >= MOST) return
    const channel = channelOf(token)
    const sum = known + weight
    totals[channel]! += weight
    if (sum > NOTHING) {
      if (known === 0) kinds[channel]!++
      weights.set(token, sum)
    } else if (known !== 0) {
      kinds[channel]!--
      weights.set(token, 0)
    }
  }
  return {
    add({ tokens, weights }, before = NO_HABITS) {
      const { tokens: known, weights: old } = before
      let k = 0
      for (let i = 0; i < tokens.length; i++) {
        const token = tokens[i]!
        for (; k < known.length && known[k]! < token; k++) add(known[k]!, -WEIGHTS[old[k]!]!)
        if (known[k] !== token) add(token, WEIGHTS[weights[i]!]!)
        else if (weights[i] !== old[k++]) add(token, WEIGHTS[weights[i]!]! - WEIGHTS[old[k - 1]!]!)
      }
      for (; k < known.length; k++) add(known[k]!, -WEIGHTS[old[k]!]!)
    },
    seen: (token) => weights.get(token),
    total: (channel) => totals[channel]!,
    kinds: (channel) => kinds[channel]! + UNMET,
  }
}

/** Weights by token in flat arrays: a Map would box each number anew at every change. */
function createWeights() {
  let keys = new Uint32Array(1024)
  let values = new Float64Array(1024)
  let taken = 0
  let used = 0
  const find = (key: number) => {
    const mask = keys.length - 1
    let i = (Math.imul(key, 0x9e3779b1) >>> 7) & mask
    while (keys[i] !== 0 && keys[i] !== key) i = (i + 1) & mask
    return i
  }
  /** Twice the room for what weighs something. */
  const grow = () => {
    const [before, weights] = [keys, values]
    let size = 1024
    while (size < used * 4) size *= 2
    keys = new Uint32Array(size)
    values = new Float64Array(size)
    taken = 0
    for (let i = 0; i < before.length; i++) {
      if (before[i] === 0 || weights[i] === 0) continue
      const j = find(before[i]!)
      keys[j] = before[i]!
      values[j] = weights[i]!
      taken++
    }
  }
  return {
    used: () => used,
    get: (token: number) => values[find(token + 1)]!,
    set(token: number, weight: number) {
      let i = find(token + 1)
      if (keys[i] === 0) {
        if (taken * 2 >= keys.length) {
          grow()
          i = find(token + 1)
        }
        keys[i] = token + 1
        taken++
      }
      if (values[i] === 0 && weight !== 0) used++
      else if (values[i] !== 0 && weight === 0) used--
      values[i] = weight
    },
  }
}
