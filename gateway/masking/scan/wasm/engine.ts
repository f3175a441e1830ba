import { fail } from '../../errors.ts'
import {
  AHEAD,
  BASE64_TABLES,
  DECODED,
  DECODED_LENGTH,
  HIGHS,
  KEYWORD_TABLES,
  KEYWORDS,
  MAP_WORDS,
  moduleBytes,
  PAGES,
  RUNS,
  SHORT_ESCAPES,
  STOPS,
  TEXT,
} from './kernels.ts'

type Run = (argument: number) => number

/** What is used of the global; its types come with a browser's only. */
declare const WebAssembly: {
  Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  Module: new (bytes: Uint8Array) => object
  Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => { readonly exports: Readonly<Record<string, unknown>> }
}

/** The kernels with their memory. What they leave there is good until the next call. */
export class Engine {
  private readonly memory: Buffer
  private readonly lengths: Int32Array
  /** What the last `survey` says. */
  readonly maps: Maps
  private readonly runSurvey: Run
  private readonly runDecode: Run

  /**
   * `keywords`: tables of the filter; `shortEscapes`: by letter the byte that it stands for, 0 for none.
   * @throws TW_MASK_NO_SIMD
   */
  constructor(keywords: Uint8Array, shortEscapes: Uint8Array) {
    const module = compiled()
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES })
    const { exports } = new WebAssembly.Instance(module, { env: { memory } })
    this.runSurvey = runnable(exports.survey)
    this.runDecode = runnable(exports.decode)
    this.memory = Buffer.from(memory.buffer)
    this.lengths = new Int32Array(memory.buffer)
    const map = (at: number) => new Uint32Array(memory.buffer, at, MAP_WORDS)
    this.maps = { stops: map(STOPS), keywords: map(KEYWORDS), highs: map(HIGHS), runs: map(RUNS) }
    this.memory.set(keywords, KEYWORD_TABLES)
    this.memory.set(shortEscapes, SHORT_ESCAPES)
    this.memory.set(base64Tables(), BASE64_TABLES)
  }

  /** Takes at most WINDOW + AHEAD bytes of `buf`; a zero byte after them stops `decode`. */
  private load(buf: Buffer, start: number, end: number): void {
    const { memory } = this
    const size = end - start
    if (size > 48) buf.copy(memory, TEXT, start, end)
    else for (let i = 0; i < size; i++) memory[TEXT + i] = buf[start + i]!
    memory[TEXT + size] = 0
  }

  /** Makes the maps of the bytes from `start` to `end`, WINDOW at most. */
  survey(buf: Buffer, start: number, end: number): void {
    const ahead = Math.min(buf.length, end + AHEAD)
    this.load(buf, start, ahead)
    // One block more, since runs are noted when the block after theirs is seen.
    this.runSurvey(ahead - start + 16)
  }

  /** Takes the next bytes of a JSON string, WINDOW at most, for `decode`. */
  take(buf: Buffer, start: number, end: number): void {
    this.load(buf, start, end)
  }

  /**
   * Decodes what was taken from the `from`th byte on, into `out` at `at`, where there must be room for as much.
   * @returns where it stopped: at a quote, a control character, an escape that is not short, or the end.
   */
  decode(from: number, out: Buffer, at: number): number {
    const { memory } = this
    const stop = this.runDecode(from)
    const length = this.decoded
    if (length > 48) memory.copy(out, at, DECODED, DECODED + length)
    else for (let i = 0; i < length; i++) out[at + i] = memory[DECODED + i]!
    return stop
  }

  /** How many bytes the last `decode` made. */
  get decoded(): number {
    return this.lengths[DECODED_LENGTH / 4]!
  }
}

/** One bit a byte, the first one lowest. */
export interface Maps {
  readonly stops: Uint32Array
  readonly keywords: Uint32Array
  readonly highs: Uint32Array
  readonly runs: Uint32Array
}

/** Without SIMD the module is not a valid one; without a JIT there is no WebAssembly at all. */
function compiled(): object {
  try {
    return new WebAssembly.Module(moduleBytes())
  } catch (error) {
    throw fail('TW_MASK_NO_SIMD', { problem: error instanceof Error ? error.message : 'unknown' }, error)
  }
}

function runnable(value: unknown): Run {
  if (!isRun(value)) throw new TypeError('not a kernel')
  return value
}

const isRun = (value: unknown): value is Run => typeof value === 'function'

/** Both alphabets of base64, and so hex: a bit for each high half that has any, so that the halves tell exactly. */
function base64Tables(): Uint8Array {
  const tables = new Uint8Array(32)
  for (let byte = 0x20; byte < 0x80; byte++) {
    if (!/[A-Za-z0-9+/_-]/.test(String.fromCharCode(byte))) continue
    tables[byte & 15]! |= 1 << (byte >> 4)
    tables[16 + (byte >> 4)] = 1 << (byte >> 4)
  }
  return tables
}
