import type { MaskingConfig } from '../config.ts'
import type { ResponseShape } from '../masking/masker.ts'

/** Tells which paths a request may test and sort by. */
export interface PathJudge {
  /** Declared never to be content, by the profile or masking.structural, and not hidden by a masking field. */
  structural(path: string, shape?: ResponseShape): boolean
}

export function compilePaths(masking: MaskingConfig): PathJudge {
  const declared = compileGlobs(masking.structural)
  const hidden = compileGlobs(masking.fields.filter((f) => f.hidden).flatMap((f) => f.paths))
  const profiles = new WeakMap<ResponseShape, (path: string) => boolean>()
  const ofProfile = (shape: ResponseShape) => {
    let known = profiles.get(shape)
    if (!known) {
      known = compileGlobs([...shape.structural, ...shape.traceId, ...shape.time])
      profiles.set(shape, known)
    }
    return known
  }
  return {
    structural: (path, shape) =>
      path !== '' &&
      !path.includes('**') &&
      !hidden(path) &&
      (declared(path) || (shape !== undefined && ofProfile(shape)(path))),
  }
}

/** `*` is one segment, `**` any number; case-insensitive. */
function compileGlobs(globs: readonly string[]): (path: string) => boolean {
  const compiled = globs.map((glob) => glob.toLowerCase().split('.'))
  return (path) => {
    const segments = path.toLowerCase().split('.')
    return compiled.some((glob) => matches(glob, 0, segments, 0))
  }
}

function matches(glob: readonly string[], g: number, path: readonly string[], p: number): boolean {
  if (g === glob.length) return p === path.length
  if (glob[g] === '**') {
    for (let next = p; next <= path.length; next++) if (matches(glob, g + 1, path, next)) return true
    return false
  }
  return p < path.length && (glob[g] === '*' || glob[g] === path[p]) && matches(glob, g + 1, path, p + 1)
}
