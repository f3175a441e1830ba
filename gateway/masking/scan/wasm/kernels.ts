import {
  assemble,
  block,
  branch,
  branchIf,
  type Code,
  get,
  i32,
  type Kernel,
  loop,
  set,
  tee,
  v128,
} from './assembler.ts'

/**
 * What is done sixteen bytes at a time. `survey` says of each byte of a text whether the inside of a JSON string stops
 * there, a keyword may stand there, it is above ASCII, or a run of base64 begins there: one bit each, in four maps.
 * `decode` undoes the short escapes of a JSON string.
 */

/** Bytes that one call takes, and bytes after them that are looked at for what begins in them. */
export const WINDOW = 16_384
export const AHEAD = 16
const MAP = (WINDOW + 2 * AHEAD) / 8
export const MAP_WORDS = MAP / 4

/** Where things are in memory. The kernels read a little beyond the text, and write a little before the map of runs. */
export const TEXT = 0
export const KEYWORD_TABLES = TEXT + WINDOW + AHEAD + 48
export const BASE64_TABLES = KEYWORD_TABLES + 192
export const SHORT_ESCAPES = BASE64_TABLES + 32
export const DECODED_LENGTH = SHORT_ESCAPES + 256
export const STOPS = DECODED_LENGTH + 16
export const KEYWORDS = STOPS + MAP
export const HIGHS = KEYWORDS + MAP
export const RUNS = HIGHS + MAP + 4
export const DECODED = RUNS + MAP + 16
export const PAGES = Math.ceil((DECODED + WINDOW + 64) / 65_536)

/** Where one of the sixteen bytes in `v` is a quote, a backslash or a control character. */
const stops = (v: number): Code => [
  ...get(v),
  ...v128.every(0x22),
  ...v128.equal,
  ...get(v),
  ...v128.every(0x5c),
  ...v128.equal,
  ...v128.or,
  ...get(v),
  ...v128.every(0x20),
  ...v128.lessUnsigned,
  ...v128.or,
]

/** Eight sets of bytes, known by the halves of a byte: bit n of each result says that this byte of `v` may be in set n. */
const sets = (v: number, table: number): Code => [
  ...i32.const(0),
  ...v128.load(table),
  ...get(v),
  ...v128.every(15),
  ...v128.and,
  ...v128.lookUp,
  ...i32.const(0),
  ...v128.load(table + 16),
  ...get(v),
  ...i32.const(4),
  ...v128.shiftRight,
  ...v128.lookUp,
  ...v128.and,
]

const nonZero: Code = [...v128.every(0), ...v128.notEqual, ...v128.bitmask]

function survey(): Kernel {
  const [length, p, map, before, now, first, second, third] = [0, 1, 2, 3, 4, 5, 6, 7] as const
  /** Places where all three bytes are in the same one of eight groups of triples. */
  const triples = (table: number): Code => [
    ...sets(first, table),
    ...sets(second, table + 32),
    ...v128.and,
    ...sets(third, table + 64),
    ...v128.and,
  ]
  /** Where fifteen bits in a row begin in the block before, this one after it. */
  const runs: Code = [
    ...get(before),
    ...get(now),
    ...i32.const(16),
    ...i32.shiftLeft,
    ...i32.or,
    ...[1, 2, 4, 7].flatMap((by) => [
      ...tee(before),
      ...get(before),
      ...i32.const(by),
      ...i32.shiftRight,
      ...i32.and,
    ]),
  ]
  return {
    name: 'survey',
    parameters: 1,
    i32Locals: 4,
    v128Locals: 3,
    body: [
      loop(
        [...get(p), ...i32.const(3), ...i32.shiftRight, ...set(map)],
        [...get(p), ...v128.load(TEXT), ...set(first)],
        [...get(p), ...v128.load(TEXT + 1), ...set(second)],
        [...get(p), ...v128.load(TEXT + 2), ...set(third)],
        [...get(map), ...stops(first), ...v128.bitmask, ...i32.store16(STOPS)],
        [...get(map), ...get(first), ...v128.bitmask, ...i32.store16(HIGHS)],
        [...get(map), ...triples(KEYWORD_TABLES), ...triples(KEYWORD_TABLES + 96), ...v128.or],
        [...nonZero, ...i32.store16(KEYWORDS)],
        [...sets(first, BASE64_TABLES), ...nonZero, ...set(now)],
        [...get(map), ...runs, ...i32.store16(RUNS - 2)],
        [...get(now), ...set(before)],
        [
          ...get(p),
          ...i32.const(16),
          ...i32.add,
          ...tee(p),
          ...get(length),
          ...i32.lessUnsigned,
          ...branchIf(0),
        ],
      ),
      i32.const(0),
    ],
  }
}

/** From an offset on; returns where it stopped, at anything but a short escape. */
function decode(): Kernel {
  const [from, i, o, found, v] = [0, 1, 2, 3, 4] as const
  const move = (local: number, by: Code): Code => [...get(local), ...by, ...i32.add, ...set(local)]
  return {
    name: 'decode',
    parameters: 1,
    i32Locals: 3,
    v128Locals: 1,
    body: [
      [...get(from), ...set(i)],
      block(
        loop(
          [...get(o), ...get(i), ...v128.load(TEXT), ...tee(v), ...v128.store(DECODED)],
          block(
            [...stops(v), ...v128.bitmask, ...tee(found), ...branchIf(0)],
            move(i, i32.const(16)),
            move(o, i32.const(16)),
            branch(1),
          ),
          [...get(found), ...i32.trailingZeros, ...set(found)],
          move(i, get(found)),
          move(o, get(found)),
          [...get(i), ...i32.load8(TEXT), ...i32.const(0x5c), ...i32.notEqual, ...branchIf(1)],
          [
            ...get(i),
            ...i32.load8(TEXT + 1),
            ...i32.load8(SHORT_ESCAPES),
            ...tee(found),
            ...i32.isZero,
            ...branchIf(1),
          ],
          [...get(o), ...get(found), ...i32.store8(DECODED)],
          move(i, i32.const(2)),
          move(o, i32.const(1)),
          branch(0),
        ),
      ),
      [...i32.const(0), ...get(o), ...i32.store(DECODED_LENGTH)],
      get(i),
    ],
  }
}

export const moduleBytes = (): Uint8Array<ArrayBuffer> => assemble([survey(), decode()], PAGES)
