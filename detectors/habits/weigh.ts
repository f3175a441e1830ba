import { z } from 'zod'
import { FEATURES, PER_CHANNEL } from './compare.ts'

/**
 * How much each comparison tells, learned from the events themselves: each session is held against its own user's
 * profile (not a masquerade) and against somebody else's (what a masquerade would look like). Logistic regression,
 * one step a session (AdaGrad, Duchi et al. 2011); no labels are needed, and channels that a source does not fill
 * weigh nothing.
 */
export interface Weigher {
  /** Log odds that the session is another's. */
  odds(features: Float64Array): number
  learn(features: Float64Array, other: boolean): void
  save(): WeigherState
  load(state: WeigherState): void
}

export const weigherState = z.object({
  w: z.array(z.number()).length(FEATURES),
  g: z.array(z.number()).length(FEATURES),
})
export type WeigherState = z.infer<typeof weigherState>

const RATE = 0.15
const SHRINK = 2e-4

export function createWeigher(): Weigher {
  const weights = new Float64Array(FEATURES).map((_, i) =>
    i === FEATURES - 1 ? -1 : [0.3, 0.3, 0.1, 0.1, 0.1][i % PER_CHANNEL]!,
  )
  const grown = new Float64Array(FEATURES).fill(1)
  const odds = (x: Float64Array) => {
    let sum = 0
    for (let i = 0; i < FEATURES; i++) sum += weights[i]! * x[i]!
    return sum
  }
  return {
    odds,
    learn(x, other) {
      const error = 1 / (1 + Math.exp(-odds(x))) - (other ? 1 : 0)
      for (let i = 0; i < FEATURES; i++) {
        if (x[i] === 0) continue
        const step = error * x[i]! + SHRINK * weights[i]!
        grown[i]! += step * step
        weights[i]! -= (RATE * step) / Math.sqrt(grown[i]!)
      }
    },
    save: () => ({ w: [...weights], g: [...grown] }),
    load(state) {
      weights.set(state.w)
      grown.set(state.g)
    },
  }
}
