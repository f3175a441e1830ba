import type { z } from 'zod'

/**
 * Other people's programs write what the schema does not: null for unknown, one value for a list of one (to
 * Elasticsearch the same), 3.0000001 for a count, a kind that nobody knows. Where only the spelling differs the event
 * is mended; what is wrong, such as a negative count, stays wrong and is for the schema to name.
 */
export function mend(value: unknown, schema: z.ZodType): unknown {
  const told = withoutNulls(value)
  const result = schema.safeParse(told)
  if (result.success) return told
  for (const issue of result.error.issues) repair(told, issue)
  return told
}

/** A null says that something is not known, which is what a missing field says. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isRecord(value)) return value
  const kept = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)]))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function repair(root: unknown, issue: z.core.$ZodIssue): void {
  const place = issue.path.at(-1)
  const holder = issue.path.slice(0, -1).reduce<unknown>((at, key) => Object(at)[key], root)
  if (typeof place !== 'string' || !isRecord(holder)) return
  const value = holder[place]
  if (issue.code === 'invalid_type' && issue.expected === 'array' && typeof value === 'string')
    holder[place] = [value]
  else if (
    issue.code === 'invalid_type' &&
    issue.expected === 'int' &&
    typeof value === 'number' &&
    value >= 0
  )
    holder[place] = Math.round(value)
  else if (issue.code === 'invalid_value' && typeof value === 'string' && !NEEDED.has(issue.path.join('.')))
    delete holder[place]
}

/** What an event is not one without: an unknown action is no event, an unknown verdict is unknown. */
const NEEDED: ReadonlySet<string> = new Set(['event.action', 'event.outcome'])
