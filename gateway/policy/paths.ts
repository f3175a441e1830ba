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
  return {
    structural: (path, shape) => classify(masking, shape && widen(shape), path) === 'structural',
  }
}
