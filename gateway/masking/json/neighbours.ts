import type { PathNode } from '../paths/table.ts'
import { Matches } from '../scan/matches.ts'
import type { ScanRule } from '../scan/ruleset.ts'
import type { TextScanner } from '../scan/text.ts'
import { Walker } from './decode.ts'
import { copy, type Edits } from './edits.ts'

/**
 * Strings at the same path of neighbouring elements, read as one: a model's answer is often kept as the token deltas it
 * came in, and a secret then lies over many of them. The *tail* of a path is the end of what stood there last, and the
 * *pieces* of the document it came from, which may still be changed.
 */
interface Piece {
  /** In the document: between the quotes. */
  start: number
  /** In the tail. */
  from: number
  to: number
  /** Of the string, where the piece begins (in decoded bytes). */
  skipped: number
}

interface Tail {
  /** Which document it belongs to. */
  epoch: number
  bytes: Buffer
  length: number
  pieces: Piece[]
  /** Holds a keyword of some rule, so that a match may end in a string to come. */
  hot: boolean
  /** The last string was short, as deltas are. */
  short: boolean
}

/** Bytes of output held back at most for the sake of strings to come. */
export const HOLD = 256 * 1024
/** Decoded bytes of a tail: a whole PEM key where a rule has begun to match, else the longest token. */
const LONG = 4096
const SHORT = 256
/** Strings up to this many bytes are deltas: white space does not part them. */
const DELTA = 48
/** The longest keyword. */
const REACH = 32

export class Neighbours {
  private readonly text: TextScanner
  private readonly edits: Edits
  private readonly masked: (rule: ScanRule, value: string) => string | undefined
  private readonly tails: (Tail | undefined)[] = []
  private readonly live: Tail[] = []
  private readonly found = new Matches()
  private readonly joined = Buffer.allocUnsafeSlow(2 * LONG + SHORT)
  private epoch = 0

  /** `masked` says what stands for a match, or undefined if it may be shown. */
  constructor(
    text: TextScanner,
    edits: Edits,
    masked: (rule: ScanRule, value: string) => string | undefined,
  ) {
    this.text = text
    this.edits = edits
    this.masked = masked
  }

  /** A new document: nothing of the last one is its neighbour. */
  reset(): void {
    this.epoch++
    this.live.length = 0
  }

  /**
   * A string of content was read: its decoded bytes are `text[from…to)`, in the document `buf` it begins at `start`.
   * The scanner has just judged it.
   */
  read(node: PathNode, text: Buffer, from: number, to: number, buf: Buffer, start: number): void {
    const hits = node.streamed ? this.text.anyKeywords : this.text.keywords
    if (to === from || node.id < 0) return
    let tail = this.tails[node.id]
    if (!tail) {
      tail = {
        epoch: -1,
        bytes: Buffer.allocUnsafeSlow(2 * SHORT),
        length: 0,
        pieces: [],
        hot: false,
        short: false,
      }
      this.tails[node.id] = tail
    }
    if (tail.epoch !== this.epoch) {
      tail.epoch = this.epoch
      tail.length = 0
      this.live.push(tail)
    }
    const short = to - from <= DELTA
    const apart =
      tail.length === 0 ||
      start - tail.pieces[0]!.start > HOLD ||
      (!(short && tail.short) && (blank(text[from]!) || blank(tail.bytes[tail.length - 1]!)))
    if (!apart) this.across(tail, node, text, from, to, buf, start)
    this.keep(tail, text, from, to, start, hits, short, apart)
  }

  /** Looks for what begins in the tail and ends in this string. */
  private across(
    tail: Tail,
    node: PathNode,
    text: Buffer,
    from: number,
    to: number,
    buf: Buffer,
    start: number,
  ): void {
    const { joined } = this
    const seam = tail.length
    if (!tail.hot) {
      // Most strings are told apart by the few bytes around the seam.
      const before = Math.min(seam, REACH)
      const after = Math.min(to - from, REACH)
      copy(tail.bytes, seam - before, seam, joined, 0)
      copy(text, from, from + after, joined, before)
      if (!this.text.crosses(joined, 0, before, before + after, node.streamed)) return
    }
    const head = Math.min(to, from + SHORT)
    copy(tail.bytes, 0, seam, joined, 0)
    copy(text, from, head, joined, seam)
    const length = seam + head - from
    tail.hot = true
    const { found } = this
    found.clear()
    this.text.scan(joined, 0, length, found)
    found.settle()
    for (let m = 0; m < found.count; m++) {
      const a = found.starts[m]!
      const b = found.ends[m]!
      if (a >= seam || b <= seam || !(found.rules[m]!.join || node.streamed)) continue
      let value = this.masked(found.rules[m]!, joined.toString('utf8', a, b))
      if (value === undefined) continue
      for (const piece of tail.pieces) {
        if (piece.to <= a || piece.from >= b) continue
        const walker = new Walker(buf, piece.start)
        const first = walker.at(piece.skipped + Math.max(a, piece.from) - piece.from)
        this.edits.insert(first, walker.at(piece.skipped + Math.min(b, piece.to) - piece.from), value)
        value = ''
      }
      const walker = new Walker(buf, start)
      this.edits.insert(walker.at(0), walker.at(b - seam), value)
    }
  }

  private keep(
    tail: Tail,
    text: Buffer,
    from: number,
    to: number,
    start: number,
    hits: boolean,
    short: boolean,
    apart: boolean,
  ): void {
    let skipped = 0
    if (apart || !(short && tail.short)) {
      // Of a longer string only the last word can go on in the next one.
      let begin = to
      const low = Math.max(from, to - SHORT)
      while (begin > low && (short || !blank(text[begin - 1]!))) begin--
      skipped = begin - from
      if (apart || skipped > 0 || tail.length === 0 || tail.short !== short) {
        tail.length = 0
        tail.pieces.length = 0
        tail.hot = false
      }
    }
    tail.hot ||= hits
    tail.short = short
    this.append(tail, text, from + skipped, to, start, skipped)
  }

  private append(tail: Tail, text: Buffer, from: number, to: number, start: number, skipped: number): void {
    const limit = tail.hot ? LONG : SHORT
    const over = tail.length + to - from - limit
    // Twice the limit may gather before the front is dropped, which is dear.
    if (over > limit) drop(tail, Math.min(over, tail.length))
    const size = Math.min(to - from, limit)
    const begin = to - size
    if (tail.bytes.length < tail.length + size) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * LONG, tail.length + size))
      tail.bytes.copy(larger, 0, 0, tail.length)
      tail.bytes = larger
    }
    copy(text, begin, to, tail.bytes, tail.length)
    tail.pieces.push({ start, from: tail.length, to: tail.length + size, skipped: skipped + begin - from })
    tail.length += size
  }

  /** Bytes of the document before this offset cannot change any more, if it is read up to `pos`. */
  settled(pos: number): number {
    let first = pos
    for (const tail of this.live) if (tail.pieces.length > 0) first = Math.min(first, tail.pieces[0]!.start)
    return Math.max(first, pos - HOLD, 0)
  }

  /** The document's first `by` bytes are gone. */
  shift(by: number): void {
    if (by === 0) return
    for (const tail of this.live) {
      for (const piece of tail.pieces) piece.start -= by
      // Whatever comes is too far from a piece that is gone, so the whole tail is.
      if (tail.pieces.length > 0 && tail.pieces[0]!.start < 0) {
        tail.length = 0
        tail.pieces = []
      }
    }
  }
}

/** Forgets the first bytes of a tail. */
function drop(tail: Tail, bytes: number): void {
  tail.bytes.copyWithin(0, bytes, tail.length)
  tail.length -= bytes
  const kept: Piece[] = []
  for (const piece of tail.pieces) {
    const cut = Math.max(0, bytes - piece.from)
    piece.from = Math.max(0, piece.from - bytes)
    piece.to -= bytes
    piece.skipped += cut
    if (piece.to > piece.from) kept.push(piece)
  }
  tail.pieces = kept
}

const blank = (c: number) => c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09
