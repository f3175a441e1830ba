import { fail } from '../errors.ts'

export interface Span {
  start: number
  /** Behind the last byte. */
  end: number
  partial: boolean
}

const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/

/**
 * Which bytes of the masked object are asked for, by Range or by part: a masked object has one part. A Range that
 * cannot be read is none, as S3 has it. @throws TW_S3_RANGE, TW_S3_ARGUMENT
 */
export function spanOf(size: number, range: string | undefined, part: string | undefined): Span {
  if (part !== undefined) {
    if (!/^[1-9]\d{0,4}$/.test(part))
      throw fail('TW_S3_ARGUMENT', { name: 'partNumber', problem: 'no part number' })
    if (range !== undefined)
      throw fail('TW_S3_ARGUMENT', { name: 'Range', problem: 'together with partNumber' })
    if (part !== '1') throw fail('TW_S3_RANGE', { s3: 'InvalidPartNumber' })
    return { start: 0, end: size, partial: size > 0 }
  }
  const [, from = '', to = ''] = RANGE.exec(range ?? '') ?? []
  if (from === '' && to === '') return { start: 0, end: size, partial: false }
  if (from === '') {
    const length = Number(to)
    if (length === 0 || size === 0) throw fail('TW_S3_RANGE')
    return { start: Math.max(0, size - length), end: size, partial: true }
  }
  const start = Number(from)
  const end = to === '' ? size : Math.min(size, Number(to) + 1)
  if (to !== '' && Number(to) < start) return { start: 0, end: size, partial: false }
  if (start >= size) throw fail('TW_S3_RANGE')
  return { start, end, partial: true }
}
