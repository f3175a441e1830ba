/**
 * Writes WebAssembly modules (core specification 2.0, binary format §5), as much of it as the kernels need: one memory,
 * functions of i32 parameters with one i32 result, and the instructions below. An instruction is its bytes; a program is
 * a list of them.
 */
export type Code = readonly number[]

/** LEB128, unsigned. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  do {
    const low = value & 0x7f
    value >>>= 7
    bytes.push(value === 0 ? low : low | 0x80)
  } while (value !== 0)
  return bytes
}

/** LEB128, signed. */
function signed(value: number): number[] {
  const bytes: number[] = []
  for (;;) {
    const low = value & 0x7f
    value >>= 7
    if ((value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0)) return [...bytes, low]
    bytes.push(low | 0x80)
  }
}

const vector = (opcode: number, ...rest: number[]): Code => [0xfd, ...unsigned(opcode), ...rest]
/** Alignment 2^0: no address needs to be aligned. */
const at = (offset: number) => [0, ...unsigned(offset)]
const EMPTY_BLOCK = 0x40

export const get = (local: number): Code => [0x20, ...unsigned(local)]
export const set = (local: number): Code => [0x21, ...unsigned(local)]
export const tee = (local: number): Code => [0x22, ...unsigned(local)]
export const loop = (...body: Code[]): Code => [0x03, EMPTY_BLOCK, ...body.flat(), 0x0b]
export const block = (...body: Code[]): Code => [0x02, EMPTY_BLOCK, ...body.flat(), 0x0b]
/** Leaves the `depth`th block around it (0: the innermost); of a loop, begins it again. */
export const branch = (depth: number): Code => [0x0c, ...unsigned(depth)]
export const branchIf = (depth: number): Code => [0x0d, ...unsigned(depth)]

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  load8: (offset: number): Code => [0x2d, ...at(offset)],
  store8: (offset: number): Code => [0x3a, ...at(offset)],
  store16: (offset: number): Code => [0x3b, ...at(offset)],
  store: (offset: number): Code => [0x36, ...at(offset)],
  isZero: [0x45] as Code,
  notEqual: [0x47] as Code,
  lessUnsigned: [0x49] as Code,
  trailingZeros: [0x68] as Code,
  add: [0x6a] as Code,
  and: [0x71] as Code,
  or: [0x72] as Code,
  shiftLeft: [0x74] as Code,
  shiftRight: [0x76] as Code,
}

/** Sixteen bytes at once. */
export const v128 = {
  load: (offset: number): Code => vector(0x00, ...at(offset)),
  store: (offset: number): Code => vector(0x0b, ...at(offset)),
  and: vector(0x4e),
  or: vector(0x50),
  /** The same byte sixteen times. */
  every: (byte: number): Code => [...i32.const(byte), ...vector(0x0f)],
  /** Looks each byte (0–15) up in a table of sixteen. */
  lookUp: vector(0x0e),
  equal: vector(0x23),
  notEqual: vector(0x24),
  lessUnsigned: vector(0x26),
  /** The top bit of each byte. */
  bitmask: vector(0x64),
  shiftRight: vector(0x6d),
}

export interface Kernel {
  readonly name: string
  /** How many i32 parameters; the locals after them. */
  readonly parameters: number
  readonly i32Locals: number
  readonly v128Locals: number
  /** Leaves one i32 behind. */
  readonly body: readonly Code[]
}

const I32 = 0x7f
const V128 = 0x7b

/** A module that exports these functions and imports its memory as `env.memory`. */
export function assemble(kernels: readonly Kernel[], pages: number): Uint8Array<ArrayBuffer> {
  const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()]
  const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content]
  const name = (text: string): Code => [...unsigned(text.length), ...Buffer.from(text)]
  const sized = (code: Code): Code => [...unsigned(code.length), ...code]
  const type = (kernel: Kernel): Code => [
    0x60,
    ...list(Array.from({ length: kernel.parameters }, () => [I32])),
    1,
    I32,
  ]
  const locals = (kernel: Kernel): Code =>
    list([
      [...unsigned(kernel.i32Locals), I32],
      [...unsigned(kernel.v128Locals), V128],
    ])
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(kernels.map(type))),
    ...section(2, list([[...name('env'), ...name('memory'), 0x02, 0x00, ...unsigned(pages)]])),
    ...section(3, list(kernels.map((_, i) => unsigned(i)))),
    ...section(7, list(kernels.map((kernel, i) => [...name(kernel.name), 0x00, ...unsigned(i)]))),
    ...section(10, list(kernels.map((kernel) => sized([...locals(kernel), ...kernel.body.flat(), 0x0b])))),
  ])
}
