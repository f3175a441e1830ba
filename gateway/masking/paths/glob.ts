import { fail } from '../errors.ts'

/** A path with wildcards: `*` is one segment (or any part of one), `**` any number of segments, none included. */
export interface Glob {
  readonly source: string
  readonly segments: readonly Segment[]
}
type Segment = typeof ANY | typeof MANY | string | RegExp
const ANY = 0
const MANY = 1

/** @throws TW_MASK_PATH with the place (`masking.fields customer_id`) and what was expected. */
export function parseGlob(source: string, where: string): Glob {
  const segments = source.split('.').map((segment): Segment => {
    if (segment === '') throw fail('TW_MASK_PATH', { where, path: source, expected: 'a segment is empty' })
    if (segment === '**') return MANY
    if (segment === '*' || /^\d+$/.test(segment)) return ANY
    if (segment.includes('**'))
      throw fail('TW_MASK_PATH', { where, path: source, expected: '`**` must stand alone between dots' })
    const lower = segment.toLowerCase()
    if (!segment.includes('*')) return lower
    return new RegExp(`^${lower.split('*').map(literal).join('[^]*')}$`)
  })
  return { source, segments }
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

const one = (segment: Segment, name: string) =>
  segment === ANY || segment === name || (segment instanceof RegExp && segment.test(name))

/** Whether the glob matches this whole path, given in lower case. */
export const matches = (glob: Glob, path: readonly string[]): boolean =>
  walk(glob.segments, 0, path, 0, false)

/** Whether the glob matches this path, one it lies in, or one that lies in it: what a predicate on it could test. */
export function overlaps(glob: Glob, path: readonly string[]): boolean {
  for (let length = path.length; length > 0; length--)
    if (walk(glob.segments, 0, path.slice(0, length), 0, false)) return true
  return walk(glob.segments, 0, path, 0, true)
}

/** `open`: a path that ends early still counts, since the glob may match something below it. */
function walk(
  glob: readonly Segment[],
  g: number,
  path: readonly string[],
  p: number,
  open: boolean,
): boolean {
  for (; g < glob.length; g++, p++) {
    const segment = glob[g]!
    if (segment === MANY) {
      // A `**` at the start would make every path an ancestor of the field: only literal beginnings open a path.
      if (open && g > 0) return true
      for (let skip = p; skip <= path.length; skip++) if (walk(glob, g + 1, path, skip, false)) return true
      return false
    }
    if (p === path.length) return open && g > 0
    if (!one(segment, path[p]!)) return false
  }
  return p === path.length
}

/** The last segment that names something, for text in which only a name tells what stands where. */
export function lastName(glob: Glob): string | undefined {
  const last = glob.segments.at(-1)
  return typeof last === 'string' ? last : undefined
}
