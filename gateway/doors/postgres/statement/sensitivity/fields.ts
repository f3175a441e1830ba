import type { CompiledMasking } from '../../../../masking/compile.ts'
import { type Glob, matches, overlaps } from '../../../../masking/paths/glob.ts'
import type { FieldRule } from '../../../../masking/paths/table.ts'

/** What masking.fields says of a column by its path. */
export interface ColumnFields {
  /** Hides the column whole. */
  readonly hidden: FieldRule | undefined
  /** Counts it as sensitive, or high-risk, when displayed. */
  readonly shown: readonly FieldRule[]
  /** Hidden fields that stand, or may stand, somewhere inside its cells. */
  readonly inside: readonly FieldRule[]
}

export function fieldsOf(masking: CompiledMasking, path: readonly string[]): ColumnFields {
  const covering = masking.fields.filter((field) => field.globs.some((glob) => covers(glob, path)))
  return {
    hidden: covering.find((field) => field.hidden),
    shown: covering.filter((field) => !field.hidden),
    inside: masking.fields.filter(
      (field) => field.hidden && field.globs.some((glob) => anywhere(glob) || overlaps(glob, path)),
    ),
  }
}

/** Whether the glob matches the path or what it lies in. */
function covers(glob: Glob, path: readonly string[]): boolean {
  for (let length = path.length; length > 0; length--) if (matches(glob, path.slice(0, length))) return true
  return false
}

const anywhere = (glob: Glob) => glob.source.startsWith('**')
