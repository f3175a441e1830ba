import type { S3ConnectionConfig } from '../../../config.ts'

/** What the door can mask; `pass` is shown as it is, by config only. */
export type Format = 'json' | 'ndjson' | 'csv' | 'tsv' | 'parquet' | 'text' | 'pass'
export type FormatRule = S3ConnectionConfig['formats'][number]

/** How much of an object is looked at, bytes. */
export const SNIFF = 64 * 1024

const BY_NAME: readonly (readonly [RegExp, Format])[] = [
  [/\.csv$/i, 'csv'],
  [/\.tsv$/i, 'tsv'],
]

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b
const isParquet = (head: Buffer): boolean => head.subarray(0, 4).toString('latin1') === 'PAR1'

/**
 * What an object is, from its first bytes (unpacked): what its name or its content-type says is no proof. Only CSV,
 * which looks like any text, goes by the name. Undefined: unknown.
 */
export function sniff(head: Buffer, key: string): Format | undefined {
  if (isParquet(head)) return 'parquet'
  const first = firstCharacter(head)
  if (first === 0x5b) return 'json'
  if (first === 0x7b) return oneLine(head) ? 'ndjson' : 'json'
  if (head.includes(0)) return undefined
  const name = key.replace(/\.gz$/i, '')
  return BY_NAME.find(([pattern]) => pattern.test(name))?.[1]
}

/** Whether content that config calls this could be it: JSON read as CSV would escape the rules for its paths. */
export function couldBe(format: Format, head: Buffer): boolean {
  if (format === 'pass') return true
  if (format === 'parquet') return isParquet(head)
  if (isParquet(head) || head.includes(0)) return false
  const first = firstCharacter(head)
  if (format === 'csv' || format === 'tsv') return first !== 0x7b && first !== 0x5b
  return true
}

function firstCharacter(head: Buffer): number {
  let at = 0
  while (at < head.length && (head[at] === 32 || (head[at]! >= 9 && head[at]! <= 13))) at++
  return head[at] ?? -1
}

/** Whether the first line is a value by itself. A line longer than what is looked at is taken for one. */
function oneLine(head: Buffer): boolean {
  const text = head.toString('utf8').trimStart()
  const end = text.indexOf('\n')
  if (end < 0) return true
  try {
    JSON.parse(text.slice(0, end))
    return true
  } catch {
    return false
  }
}
