import type { PathNode } from '../paths/table.ts'
import { Matches } from '../scan/matches.ts'
import type { ScanRule } from '../scan/ruleset.ts'
import type { Survey } from '../scan/survey.ts'
import type { TextScanner } from '../scan/text.ts'
import { Decoder, Walker } from './decode.ts'
import { copy, type Edits } from './edits.ts'

/**
 * Strings at the same path of neighbouring elements, read as one: a model's answer is often kept as the token deltas it
 * came in, and a secret then lies over many of them. The *tail* of a path is the strings that stood there last: where
 * they are in the document, which still holds their bytes and may still be changed there.
 */
interface Tail {
  /** Which document it belongs to. */
  epoch: number
  /** Its strings are those from here to the end of the arrays, which are used again. */
  first: number
  count: number
  /** Where they begin in the document, between the quotes, and end; and how long they are decoded. */
  starts: number[]
  stops: number[]
  sizes: number[]
  /** Of the automaton, after them. */
  state: number
  /** They end in white space. */
  blank: boolean
  size: number
  /** How much of them a match to come may need. */
  reach: number
  /** What begins a match goes to its end, so the match may end in a string to come. */
  hot: boolean
  /** Its strings are short, as deltas are. */
  short: boolean
}

/** Bytes of output held back at most for the sake of strings to come. */
export const HOLD = 256 * 1024
/** Decoded bytes of a tail: a whole PEM key where a rule has begun to match, else the longest token. */
const LONG = 4096
const SHORT = 256
/** Strings up to this many bytes are deltas: white space does not part them. */
const DELTA = 48
/** Strings no longer wanted at the front of a tail before the others are moved up. */
const ROOM = 64
/** How far into a string a keyword may stand whose match begins before it. */
const REACH = 24

export class Neighbours {
  private readonly text: TextScanner
  private readonly edits: Edits
  private readonly survey: Survey
  private readonly masked: (rule: ScanRule, value: string) => string | undefined
  private readonly tails: (Tail | undefined)[] = []
  private readonly live: Tail[] = []
  private readonly found = new Matches()
  private readonly decoder: Decoder
  private joined = Buffer.alloc(0)
  private epoch = 0

  /** `masked` says what stands for a match, or undefined if it may be shown. */
  constructor(
    text: TextScanner,
    edits: Edits,
    survey: Survey,
    masked: (rule: ScanRule, value: string) => string | undefined,
  ) {
    this.text = text
    this.decoder = new Decoder(text.engine)
    this.edits = edits
    this.survey = survey
    this.masked = masked
  }

  get scratch(): number {
    return this.decoder.out.length
  }

  /** A new document: nothing of the last one is its neighbour. */
  reset(): void {
    this.epoch++
    if (this.live.length > 0) this.live.length = 0
  }

  /**
   * A string of content was read: its decoded bytes are `text[from…to)`, in the document `buf` it stands from `start` to
   * `stop`. The scanner has just judged it.
   */
  read(
    node: PathNode,
    text: Buffer,
    from: number,
    to: number,
    buf: Buffer,
    start: number,
    stop: number,
  ): void {
    if (to === from || node.id < 0) return
    const { lastKeyword, lastJoining, endsOpen, finder } = this.text
    finder.settle(text, from, to)
    const lead = node.streamed ? this.text.firstLead : this.text.firstJoiningLead
    const last = node.streamed ? lastKeyword : lastJoining
    const hot = endsOpen || (last >= 0 && unbroken(text, last + 1, to))
    let tail = this.tails[node.id]
    if (!tail) {
      tail = newTail()
      this.tails[node.id] = tail
    }
    if (tail.epoch !== this.epoch) {
      tail.epoch = this.epoch
      clear(tail)
      this.live.push(tail)
    }
    const short = to - from <= DELTA
    const deltas = short && tail.short
    const apart =
      tail.size === 0 ||
      start - tail.starts[tail.first]! > HOLD ||
      (!deltas && (blank(text[from]!) || tail.blank))
    if (!apart) {
      const near = Math.min(to, from + REACH)
      if (
        !tail.hot &&
        ((lead >= 0 && lead < near) || finder.crosses(tail.state, text, from, to, node.streamed))
      )
        tail.hot = true
      const { state } = finder
      if (tail.hot) tail.hot = this.across(tail, node, text, from, to, buf, start)
      finder.state = state
    }
    // A chain of strings goes on where all are deltas, or where a match may go on through a whole one.
    if (apart || !(deltas || (tail.hot && unbroken(text, from, to)))) clear(tail)
    if (hot) {
      if (!tail.hot) tail.reach = LONG
      tail.hot = true
    }
    tail.short = short
    tail.state = finder.state
    tail.blank = blank(text[to - 1]!)
    append(tail, from, to, start, stop)
  }

  /** Replaces what begins in the tail and ends in this string. @returns whether a match may still go on. */
  private across(
    tail: Tail,
    node: PathNode,
    text: Buffer,
    from: number,
    to: number,
    buf: Buffer,
    start: number,
  ): boolean {
    if (this.joined.length === 0) this.joined = Buffer.allocUnsafeSlow(2 * LONG + SHORT)
    const { joined, found } = this
    const seam = this.join(tail, buf)
    const head = Math.min(to, from + SHORT)
    copy(text, from, head, joined, seam)
    const length = seam + head - from
    found.clear()
    this.text.scan(joined, 0, length, found)
    found.settle()
    /** Where what may go on begins: a match that goes to the end, or else the last token. */
    let open = length
    while (open > 0 && !blank(joined[open - 1]!)) open--
    for (let m = 0; m < found.count; m++) {
      const a = found.starts[m]!
      const b = found.ends[m]!
      const rule = found.rules[m]!
      if (b === length && a < open) open = a
      if (a >= seam || b <= seam || !(rule.join || node.streamed)) continue
      const value = this.masked(rule, joined.toString('utf8', a, b))
      if (value !== undefined) this.replace(tail, a, b, seam, start, value)
    }
    // Of a long string only the head was read.
    if (head < to) return true
    tail.reach = Math.min(LONG, Math.max(SHORT, length - open))
    return this.text.lastKeyword >= length - tail.reach || this.text.endsOpen
  }

  /** Writes the tail's text to the front of `joined`, of each string at most its end. @returns its length. */
  private join(tail: Tail, buf: Buffer): number {
    let length = 0
    for (let p = tail.first; p < tail.count; p++) {
      this.decoder.decode(buf, tail.starts[p]!, tail.starts[p]!, tail.stops[p]! + 1)
      const size = kept(tail, p)
      length = copy(this.decoder.out, this.decoder.length - size, this.decoder.length, this.joined, length)
    }
    return length
  }

  /** The first string with a part of the match gets what stands for it, the others lose theirs. */
  private replace(tail: Tail, a: number, b: number, seam: number, start: number, value: string): void {
    let text = value
    let from = 0
    for (let p = tail.first; p < tail.count; p++) {
      const size = kept(tail, p)
      const to = from + size
      if (to > a && from < b) {
        const walker = new Walker(this.survey, tail.starts[p]!)
        const skipped = tail.sizes[p]! - size
        const first = walker.at(skipped + Math.max(a, from) - from)
        this.edits.insert(first, walker.at(skipped + Math.min(b, to) - from), text)
        text = ''
      }
      from = to
    }
    this.edits.insert(start, new Walker(this.survey, start).at(b - seam), text)
  }

  /** Bytes of the document before this offset cannot change any more, if it is read up to `pos`. */
  settled(pos: number): number {
    let first = pos
    for (const tail of this.live) if (tail.size > 0) first = Math.min(first, tail.starts[tail.first]!)
    return Math.max(first, pos - HOLD, 0)
  }

  /** The document's first `by` bytes are gone. */
  shift(by: number): void {
    if (by === 0) return
    for (const tail of this.live) {
      for (let p = tail.first; p < tail.count; p++) {
        tail.starts[p]! -= by
        tail.stops[p]! -= by
      }
      // Whatever comes is too far from a string that is gone, so the whole tail is.
      if (tail.size > 0 && tail.starts[tail.first]! < 0) clear(tail)
    }
  }
}

const newTail = (): Tail => ({
  epoch: -1,
  first: 0,
  count: 0,
  starts: [],
  stops: [],
  sizes: [],
  state: 0,
  blank: false,
  size: 0,
  reach: LONG,
  hot: false,
  short: false,
})

function clear(tail: Tail): void {
  tail.first = 0
  tail.count = 0
  tail.size = 0
  tail.reach = LONG
  tail.hot = false
}

function append(tail: Tail, from: number, to: number, start: number, stop: number): void {
  const { starts, stops, sizes } = tail
  const last = tail.count++
  starts[last] = start
  stops[last] = stop
  sizes[last] = to - from
  tail.size += Math.min(to - from, LONG)
  const limit = tail.hot ? tail.reach : SHORT
  while (tail.first < last && tail.size > limit) tail.size -= Math.min(sizes[tail.first++]!, LONG)
  if (tail.first >= ROOM) moveUp(tail)
}

/** Makes room again where strings no longer wanted stood. */
function moveUp(tail: Tail): void {
  const { starts, stops, sizes, first } = tail
  for (let p = first; p < tail.count; p++) {
    starts[p - first] = starts[p]!
    stops[p - first] = stops[p]!
    sizes[p - first] = sizes[p]!
  }
  tail.count -= first
  tail.first = 0
}

/** How much of a string counts: its last bytes, all of it where a match may go on through it. */
const kept = (tail: Tail, p: number) => Math.min(tail.sizes[p]!, tail.count - tail.first > 1 ? LONG : SHORT)

const blank = (c: number) => c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09

function unbroken(text: Buffer, from: number, to: number): boolean {
  if (to - from > LONG) return false
  for (let i = from; i < to; i++) if (blank(text[i]!)) return false
  return true
}
