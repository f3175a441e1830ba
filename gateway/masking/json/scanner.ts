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
import type { Problem, Status } from './problem.ts'
import { ScalarMasker } from './scalars.ts'
import { StringReader } from './string-reader.ts'
import { ValueMasker } from './values.ts'
import { Withheld } from './withheld.ts'

const NOTHING = Buffer.alloc(0)

/**
 * Reads JSON token by token and notes edits. It stops wherever the bytes end and goes on when there are more; only an
 * unfinished token is read again. A document inside a string is read by a scanner of its own, one level deeper.
 *
 *   value ─▶ after ─▶ key ─▶ colon ─▶ value …      skip: inside a string too long to be held
 */
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
  /** One JSON value a line. */
  readonly lines: boolean
  readonly values: ValueMasker
  readonly withheld: Withheld
  private readonly scalars: ScalarMasker
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
  private sawNewline = true

  constructor(context: Context, options: { level: number; lines?: boolean; parent?: JsonScanner }) {
    this.context = context
    this.level = options.level
    this.lines = options.lines ?? false
    this.withheld = new Withheld(context, this, options.parent)
    this.decoder = new Decoder(context.text.engine)
    this.survey = new Survey(context.text.engine)
    this.values = new ValueMasker(context, this, options.level, this.lines)
    this.scalars = new ScalarMasker(context, this)
    this.keys = new KeyReader(context, this, this.values, new KeyMasker(context, this.edits))
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
    this.withheld.begin(hide)
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
          moved = c === 0x7d ? this.close() : this.keys.member(c, final)
          break
        case 'key':
          moved = this.keys.member(c, final)
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
    this.withheld.leave(this.depth)
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
    return this.scalars.read(c, final)
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
    if (this.suppress < 0 && !this.withheld.here)
      for (const field of node.facts.shown) this.context.observer.shown(field.name, field.highRisk)
    this.pos++
    if (array) {
      this.node = node.element()
      this.state = 'first-value'
    } else this.state = 'first-key'
    return true
  }
}
