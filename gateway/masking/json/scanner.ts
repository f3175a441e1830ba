import type { Observer } from '../observe.ts'
import type { PathNode } from '../paths/table.ts'
import { Survey } from '../scan/survey.ts'
import type { Context } from './context.ts'
import { Decoder } from './decode.ts'
import { Edits } from './edits.ts'
import { Frame } from './frame.ts'
import { KeyMasker } from './key-mask.ts'
import { KeyReader } from './keys.ts'
import { MAX_DEPTH } from './limits.ts'
import { literalLength, numberEnd } from './literals.ts'
import type { Problem, Status } from './problem.ts'
import { ScalarMasker } from './scalars.ts'
import { StringReader } from './string-reader.ts'
import { ValueMasker } from './values.ts'

/**
 * Reads JSON token by token and notes edits. It stops wherever the bytes end and goes on when there are more; only an
 * unfinished token is read again. A document inside a string is read by a scanner of its own, one level deeper.
 *
 *   value ─▶ after ─▶ key ─▶ colon ─▶ value …      skip: inside a string too long to be held
 */
const NOTHING = Buffer.alloc(0)

type State = 'value' | 'first-value' | 'key' | 'first-key' | 'colon' | 'after' | 'done' | 'skip'

export class JsonScanner {
  readonly edits = new Edits()
  readonly decoder: Decoder
  /** Of the bytes of this document. */
  readonly survey: Survey
  buf: Buffer = NOTHING
  pos = 0
  end = 0
  /** The byte offset of buf[0] in the whole body, for messages. */
  base = 0
  problem: Problem | undefined
  /** From here on bytes are left out; −1 while they are not. */
  dropFrom = -1
  readonly context: Context
  private readonly level: number
  private readonly parent: JsonScanner | undefined
  /** One JSON value a line. */
  readonly lines: boolean
  readonly values: ValueMasker
  private readonly scalars: ScalarMasker
  private readonly keyMasker: KeyMasker
  readonly strings: StringReader = new StringReader(this)
  private readonly keys: KeyReader
  readonly frames: Frame[] = []
  depth = -1
  state: State = 'value'
  node: PathNode
  /** Objects and arrays read, in all bodies. */
  instances = 0
  /** The frame that is left out whole. */
  suppress = -1
  /** The record whose content is hidden from here on. */
  private hideBelow = -1
  private hideAll = false
  private sawNewline = true

  constructor(context: Context, options: { level: number; lines?: boolean; parent?: JsonScanner }) {
    this.context = context
    this.level = options.level
    this.lines = options.lines ?? false
    this.parent = options.parent
    this.decoder = new Decoder(context.text.engine)
    this.survey = new Survey(context.text.engine)
    this.values = new ValueMasker(context, this, options.level, this.lines)
    this.scalars = new ScalarMasker(context, this)
    this.keyMasker = new KeyMasker(context, this.edits)
    this.keys = new KeyReader(context, this, this.values, this.keyMasker)
    this.node = context.root
  }

  /** Begins a document whose root stands at this path. */
  start(buf: Buffer, start: number, end: number, node: PathNode, hide: boolean): void {
    this.feed(buf, end)
    this.pos = start
    this.node = node
    this.depth = -1
    this.state = 'value'
    this.suppress = -1
    this.dropFrom = -1
    this.hideBelow = -1
    this.hideAll = hide
    this.strings.reset()
    this.keys.reset()
    this.problem = undefined
    this.edits.clear()
    this.values.begin(node)
  }

  /** The bytes that are here now. */
  feed(buf: Buffer, end: number): void {
    this.buf = buf
    this.end = end
    this.survey.attach(buf, end)
  }

  /** Begins a body, which may be the next one. */
  restart(observer: Observer): void {
    this.context.observer = observer
    this.start(NOTHING, 0, 0, this.context.root, false)
    this.base = 0
    this.sawNewline = true
  }

  /** Bytes of scratch memory that it keeps, about. */
  get scratch(): number {
    return this.decoder.out.length + this.values.scratch
  }

  /** Lets go of the body. */
  forget(): void {
    this.feed(NOTHING, 0)
    this.values.forget()
  }

  get lenient(): boolean {
    return this.level > 0
  }

  get hides(): boolean {
    return this.hideAll || this.hideBelow >= 0 || this.context.hideContent
  }

  /** Bytes before this offset will not change any more. */
  get settled(): number {
    return this.values.settled(this.pos)
  }

  /** Treats the bytes as the inside of one string without quotes. @returns whether there are edits. */
  maskText(): boolean {
    this.values.text(this.pos, this.end, this.node)
    return this.edits.count > 0
  }

  /** Moves everything that is kept as an offset, after `by` bytes were cut off the front. */
  shift(by: number): void {
    this.base += by
    this.pos -= by
    this.end -= by
    this.strings.shift(by)
    this.values.shift(by)
    if (this.dropFrom >= 0) this.dropFrom = Math.max(0, this.dropFrom - by)
  }

  /** Reads on as far as the bytes go. `final`: no more will come. */
  run(final: boolean): Status {
    for (;;) {
      if (this.state === 'skip') {
        if (!this.strings.skip()) return final ? this.cut() : 'more'
        continue
      }
      const c = this.blank()
      if (c < 0) {
        if (this.state === 'done') return 'done'
        if (this.state === 'value' && this.depth < 0 && this.lenient === false) return final ? 'done' : 'more'
        return final ? this.cut() : 'more'
      }
      let moved: boolean
      switch (this.state) {
        case 'first-value':
          moved = c === 0x5d ? this.close() : this.value(c, final)
          break
        case 'value':
          moved = this.value(c, final)
          break
        case 'first-key':
          moved = c === 0x7d ? this.close() : this.key(c, final)
          break
        case 'key':
          moved = this.key(c, final)
          break
        case 'colon':
          if (c !== 0x3a) return this.bad('expected `:`')
          this.pos++
          this.state = 'value'
          continue
        case 'after':
          moved = this.after(c)
          break
        default:
          if (!this.lines) return this.fail('TW_MASK_TRAILING', 'trailing bytes')
          if (!this.sawNewline) return this.bad('two values on one line')
          this.state = 'value'
          this.node = this.context.root
          continue
      }
      if (!moved) {
        if (this.problem) return 'bad'
        return final ? this.cut() : 'more'
      }
    }
  }

  /** Skips white space; @returns the byte there, or −1 at the end. */
  private blank(): number {
    const { buf, end } = this
    let i = this.pos
    let c = -1
    for (; i < end; i++) {
      c = buf[i]!
      if (c === 0x0a) this.sawNewline = true
      else if (c !== 0x20 && c !== 0x0d && c !== 0x09) break
    }
    this.pos = i
    return i < end ? c : -1
  }

  private cut(): Status {
    if (this.dropFrom >= 0) {
      this.edits.add(this.dropFrom, this.end, '')
      this.dropFrom = -1
    }
    return 'cut'
  }

  private bad(what: string): 'bad' {
    return this.fail('TW_MASK_NOT_JSON', what)
  }

  fail(code: Problem['code'], what: string): 'bad' {
    this.problem = { code, what, at: this.base + this.pos }
    return 'bad'
  }

  refuse(what: string): false {
    this.fail('TW_MASK_NOT_JSON', what)
    return false
  }

  private after(c: number): boolean {
    const frame = this.frames[this.depth]!
    if (c === 0x2c) {
      this.pos++
      if (frame.array) {
        this.node = frame.node.element()
        this.state = 'value'
      } else this.state = 'key'
      return true
    }
    if (c === (frame.array ? 0x5d : 0x7d)) return this.close()
    return this.refuse('expected `,` or the end')
  }

  private close(): boolean {
    const frame = this.frames[this.depth]!
    this.pos++
    if (this.suppress === this.depth) {
      this.edits.add(this.dropFrom, this.pos, '')
      this.suppress = -1
      this.dropFrom = -1
    }
    if (frame.record) this.context.observer.leave()
    if (this.hideBelow === this.depth) this.hideBelow = -1
    this.depth--
    this.ended()
    return true
  }

  /** A value is complete. */
  ended(): void {
    this.state = this.depth < 0 ? 'done' : 'after'
    if (this.depth < 0) this.sawNewline = false
  }

  private value(c: number, final: boolean): boolean {
    if (c === 0x22) return this.strings.read(final)
    if (c === 0x7b || c === 0x5b) return this.open(c === 0x5b)
    const start = this.pos
    if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      const end = numberEnd(this.buf, start, this.end, final)
      if (end === -2) return this.refuse('not a number')
      if (end < 0) {
        if (final && this.suppress < 0) this.scalars.partial(start, this.end, this.node)
        return false
      }
      if (this.suppress < 0) this.scalars.number(start, end, this.node)
      this.pos = end
    } else {
      const length = literalLength(this.buf, start, this.end)
      if (length === -2) return this.refuse('expected a value')
      if (length < 0) return false
      if (this.suppress < 0) this.scalars.literal(start, start + length, this.node, c === 0x6e)
      this.pos = start + length
    }
    this.ended()
    return true
  }

  private open(array: boolean): boolean {
    if (this.depth + 1 >= MAX_DEPTH) {
      this.fail('TW_MASK_TOO_DEEP', 'nesting')
      return false
    }
    const { node } = this
    const hidden = node.facts.hidden
    this.depth++
    let frame = this.frames[this.depth]
    if (!frame) {
      frame = new Frame(node)
      this.frames.push(frame)
    }
    frame.open(array, node, ++this.instances)
    if (this.suppress < 0 && hidden && (array || !node.wraps)) {
      this.suppress = this.depth
      // A list of a wrapped value stays a list.
      const empty = array && node.inWrapping ? '[]' : `"[masked:${hidden.name}]"`
      this.edits.add(this.pos, this.pos + 1, empty)
      this.dropFrom = this.pos + 1
      this.context.observer.observed.masked.add(hidden.name)
    }
    if (this.suppress >= 0) frame.record = false
    if (frame.record) this.context.observer.enter()
    if (this.suppress < 0 && !this.hides)
      for (const field of node.facts.shown) this.context.observer.shown(field.name, field.highRisk)
    this.pos++
    if (array) {
      this.node = node.element()
      this.state = 'first-value'
    } else this.state = 'first-key'
    return true
  }

  private key(c: number, final: boolean): boolean {
    if (c !== 0x22) return this.refuse('expected a key')
    const frame = this.frames[this.depth]!
    const start = this.pos + 1
    const guess = frame.last ? frame.last.next : frame.node.first
    let node: PathNode
    let quote: number
    if (guess?.plain && this.keys.same(guess, start)) {
      node = guess
      quote = start + guess.key.length
    } else {
      const read = this.keys.read(frame.node, start, final)
      if (!read) return false
      node = read
      quote = this.decoder.stop
      if (node.id >= 0) {
        if (frame.last) frame.last.next = node
        else frame.node.first = node
      }
    }
    let colon = quote + 1
    const { buf, end } = this
    while (
      colon < end &&
      (buf[colon] === 0x20 || buf[colon] === 0x0a || buf[colon] === 0x0d || buf[colon] === 0x09)
    )
      colon++
    if (colon >= end) return false
    if (buf[colon] !== 0x3a) return this.refuse('expected `:`')

    let target = node
    if (node.isValue && frame.node.isElement) {
      const kv = frame.kv ?? this.keys.later(colon + 1, final)
      if (kv === undefined) return false
      if (typeof kv !== 'string') target = kv
      else if (kv !== '') target = frame.node.fold(kv)
    }
    if (!this.keys.fresh(frame, node)) return false
    if (node.masked !== undefined && this.suppress < 0) this.keyMasker.write(start, quote, node, frame)
    frame.last = node.id >= 0 ? node : frame.last
    this.node = target
    this.pos = colon + 1
    this.state = 'value'
    return true
  }

  /** Something here cannot be judged: the rest of its record is hidden, and the record is listed. */
  withhold(reason: string): void {
    let at = this.depth
    while (at >= 0 && !this.frames[at]!.record) at--
    if (at >= 0) {
      this.hideBelow = this.hideBelow < 0 ? at : Math.min(at, this.hideBelow)
      this.context.observer.withheld(this.frames[at]!.node.segments.join('.'), reason)
    } else if (this.parent) {
      this.hideAll = true
      this.parent.withhold(reason)
    } else this.context.observer.withheld(this.node.segments.join('.'), reason)
  }
}
