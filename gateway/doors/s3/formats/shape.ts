import type { ResponseShape } from '../../../masking/masker.ts'
import type { FormatRule } from './sniff.ts'

/** Where traces usually have their ids and times, for objects that config says nothing about. */
const TRACE_ID = [
  'trace_id',
  'traceId',
  'context.trace_id',
  'info.trace_id',
  'trace_info.trace_id',
  '**.trace_id',
]
const TIME = ['start_time', 'startTime', 'timestamp', 'timestamp_ms', 'created_at', 'time', 'request_time']

const listOr = (given: readonly string[] | undefined, otherwise: readonly string[]) =>
  given?.length ? given : otherwise

/** What is known of an object's records. `*` is an element of an array at the top. */
export const shapeOf = (rule: FormatRule | undefined): ResponseShape => ({
  traceId: listOr(rule?.trace_id, TRACE_ID),
  time: listOr(rule?.time, TIME),
  ...(rule?.time_unit === undefined ? {} : { timeUnit: rule.time_unit }),
  record: listOr(rule?.record, ['*']),
  structural: rule?.structural ?? [],
})

/** A glob over `bucket/key`: `*` within a segment, `**` over any number of them. */
export function keyPattern(glob: string): RegExp {
  const pattern = glob
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((piece) => {
      if (piece === '**/') return '(?:.*/)?'
      if (piece === '**') return '.*'
      if (piece === '*') return '[^/]*'
      if (piece === '?') return '[^/]'
      return piece.replace(/[.+^${}()|[\]\\]/g, '\\$&')
    })
    .join('')
  return new RegExp(`^${pattern}$`, 's')
}

/** Whether a bucket is one of those that these globs name. */
export function bucketMatcher(globs: readonly string[]): (bucket: string) => boolean {
  const patterns = globs.map(keyPattern)
  return (bucket) => patterns.some((pattern) => pattern.test(bucket))
}
