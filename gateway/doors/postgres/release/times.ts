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
  const at = binary ? binaryTime(buf, start, end, type) : textTime(buf.toString('latin1', start, end))
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
