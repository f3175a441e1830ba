import { TYPE } from '../wire/types.ts'
import { timestampOf } from './csv.ts'

/** Where integers change their unit: an epoch in s, ms, µs or ns is told by its size. */
const UNITS: readonly (readonly [number, number])[] = [
  [1e11, 1e3],
  [1e14, 1],
  [1e17, 1e-3],
  [Number.POSITIVE_INFINITY, 1e-6],
]

/** ms since epoch of a cell that holds a creation time; undefined where it holds none. DateStyle is ISO here. */
export function timeOf(
  buf: Buffer,
  start: number,
  end: number,
  type: number,
  binary: boolean,
): number | undefined {
  const at = binary
    ? binaryTime(buf, start, end, type)
    : (plainTime(buf, start, end) ?? textTime(buf.toString('latin1', start, end)))
  return at !== undefined && Number.isFinite(at) && at > 0 && at <= 8.64e15 ? Math.floor(at) : undefined
}

function binaryTime(buf: Buffer, start: number, end: number, type: number): number | undefined {
  const length = end - start
  if ((type === TYPE.timestamp || type === TYPE.timestamptz) && length === 8) return timestampOf(buf, start)
  if (type === TYPE.int8 && length === 8) return fromInteger(Number(buf.readBigInt64BE(start)))
  if (type === TYPE.int4 && length === 4) return fromInteger(buf.readInt32BE(start))
  if (type === TYPE.float8 && length === 8) return fromInteger(buf.readDoubleBE(start))
  return undefined
}

/** `2026-11-20 09:14:03.12+00`, as servers print it in UTC, without making a text of it. */
function plainTime(buf: Buffer, start: number, end: number): number | undefined {
  if (end - start < 19 || buf[start + 4] !== 0x2d || buf[start + 13] !== 0x3a) return undefined
  const year = two(buf, start) * 100 + two(buf, start + 2)
  const seconds = Date.UTC(
    year,
    two(buf, start + 5) - 1,
    two(buf, start + 8),
    two(buf, start + 11),
    two(buf, start + 14),
    two(buf, start + 17),
  )
  let at = start + 19
  if (buf[at] === 0x2e) while (++at < end && buf[at]! >= 0x30 && buf[at]! <= 0x39);
  if (at === end) return seconds
  return end - at === 3 && buf[at] === 0x2b && buf[at + 1] === 0x30 && buf[at + 2] === 0x30
    ? seconds
    : undefined
}

/** Two digits; not a number where they are none. */
function two(buf: Buffer, at: number): number {
  const [a, b] = [buf[at]! - 0x30, buf[at + 1]! - 0x30]
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? a * 10 + b : Number.NaN
}

function textTime(text: string): number | undefined {
  if (/^\d{1,20}(?:\.\d+)?$/.test(text)) return fromInteger(Number(text))
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined
  const zone = /[+-]\d\d(?::?\d\d)?$|[zZ]$/.exec(text.slice(10))?.[0]
  const local = zone === undefined ? text : text.slice(0, -zone.length)
  const offset = zone === undefined ? 'Z' : zone.length === 3 ? `${zone}:00` : zone
  const [date, time = '00:00:00'] = local.trim().split(/[ T]/)
  return Date.parse(`${date}T${time}${offset}`)
}

function fromInteger(value: number): number | undefined {
  const unit = UNITS.find(([limit]) => value < limit)
  return unit && value * unit[1]
}
