import type { Engine, Maps } from './wasm/engine.ts'
import { WINDOW } from './wasm/kernels.ts'

const WORDS = WINDOW / 32

/** What is known of the bytes of one buffer at a glance, a window at a time as reading goes on. */
export class Survey {
  buf: Buffer = Buffer.alloc(0)
  /** The bytes surveyed. */
  from = 0
  to = 0
  private readonly engine: Engine
  private end = 0
  private maps: Maps | undefined

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Begins anew: other bytes, or the same ones elsewhere. */
  attach(buf: Buffer, end: number): void {
    this.buf = buf
    this.end = end
    this.from = 0
    this.to = 0
  }

  /** Surveys the bytes from `i` on, unless they are. @returns the maps, whose first bit is that of `from`. */
  cover(i: number): Maps {
    this.maps ??= newMaps()
    if (i >= this.from && i < this.to) return this.maps
    this.from = i
    this.to = Math.min(this.end, i + WINDOW)
    this.engine.survey(this.buf, i, this.to)
    copy(this.engine.maps, this.maps, (this.to - i + 31) >> 5)
    return this.maps
  }
}

function newMaps(): Maps {
  const all = new Uint32Array(4 * WORDS)
  const map = (n: number) => all.subarray(n * WORDS, (n + 1) * WORDS)
  return { stops: map(0), keywords: map(1), highs: map(2), runs: map(3) }
}

/** The engine's maps are good until its next survey. */
function copy(from: Maps, to: Maps, words: number): void {
  for (let w = 0; w < words; w++) {
    to.stops[w] = from.stops[w]!
    to.keywords[w] = from.keywords[w]!
    to.highs[w] = from.highs[w]!
    to.runs[w] = from.runs[w]!
  }
}

/** The first bit set from `i` on, or `end`. */
export function nextBit(map: Uint32Array, i: number, end: number): number {
  if (i >= end) return end
  let w = i >> 5
  let bits = map[w]! & (-1 << (i & 31))
  while (bits === 0) {
    w++
    if (w << 5 >= end) return end
    bits = map[w]!
  }
  const bit = (w << 5) + 31 - Math.clz32(bits & -bits)
  return bit < end ? bit : end
}
