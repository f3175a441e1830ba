import { type CompiledMasking, classify } from '../masking/compile.ts'
import type { ResponseShape } from '../masking/masker.ts'

/** Tells which paths a request may test and sort by. */
export interface PathJudge {
  /** Declared never to be content, by the profile or masking.structural, and not hidden by a masking field. */
  structural(path: string, shape?: ResponseShape): boolean
}

export function judgePaths(masking: CompiledMasking): PathJudge {
  const widened = new WeakMap<ResponseShape, ResponseShape>()
  /** Ids and times are as good as declared: the profile knows where they stand because they are no content. */
  const widen = (shape: ResponseShape) => {
    const known = widened.get(shape) ?? {
      ...shape,
      structural: [...shape.structural, ...shape.traceId, ...shape.time],
    }
    widened.set(shape, known)
    return known
  }
  const verdicts = new WeakMap<ResponseShape | typeof NO_SHAPE, Map<string, boolean>>()
  /** Clients test the same few paths over and over; a path may be anything they write. */
  const judged = (shape: ResponseShape | undefined): Map<string, boolean> => {
    const known = verdicts.get(shape ?? NO_SHAPE) ?? new Map<string, boolean>()
    if (known.size === 0) verdicts.set(shape ?? NO_SHAPE, known)
    if (known.size >= JUDGED) known.clear()
    return known
  }
  return {
    structural(path, shape) {
      const known = judged(shape)
      let verdict = known.get(path)
      if (verdict === undefined) {
        verdict = classify(masking, shape && widen(shape), path) === 'structural'
        if (path.length <= LONG) known.set(path, verdict)
      }
      return verdict
    },
  }
}

/** How many paths of a shape are known, and of how many characters at most. */
const JUDGED = 500
const LONG = 200
const NO_SHAPE = Object.freeze({})
