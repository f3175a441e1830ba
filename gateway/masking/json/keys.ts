import type { PathNode } from '../paths/table.ts'
import type { Context } from './context.ts'
import type { Frame } from './frame.ts'
import type { KeyMasker } from './key-mask.ts'
import { MAX_KEYS, MAX_KV } from './limits.ts'
import { laterKey } from './peek.ts'
import type { JsonScanner } from './scanner.ts'
import type { ValueMasker } from './values.ts'

/** Reads the keys of one scanner's objects, and tells when one comes twice. */
export class KeyReader {
  private readonly context: Context
  private readonly scanner: JsonScanner
  private readonly values: ValueMasker
  private readonly masker: KeyMasker
  /** By node, the object in which it was read last. */
  private lastSeen: Int32Array = new Int32Array(256)
  /** Fewest bytes ahead with which looking for a later `key` is tried again. */
  private patience = 0

  constructor(context: Context, scanner: JsonScanner, values: ValueMasker, masker: KeyMasker) {
    this.context = context
    this.scanner = scanner
    this.values = values
    this.masker = masker
  }

  reset(): void {
    this.patience = 0
  }

  /** Reads the key of a member and its colon; `c` is the byte there. @returns false to wait, or with a problem. */
  member(c: number, final: boolean): boolean {
    const { scanner } = this
    if (c !== 0x22) return scanner.refuse('expected a key')
    const frame = scanner.frames[scanner.depth]!
    const start = scanner.pos + 1
    const guess = frame.last ? frame.last.next : frame.node.first
    let node: PathNode
    let quote: number
    if (guess?.plain && this.same(guess, start)) {
      node = guess
      quote = start + guess.key.length
    } else {
      const read = this.read(frame.node, start, final)
      if (!read) return false
      node = read
      quote = scanner.decoder.stop
      if (node.id >= 0) {
        if (frame.last) frame.last.next = node
        else frame.node.first = node
      }
    }
    let colon = quote + 1
    const { buf, end } = scanner
    while (
      colon < end &&
      (buf[colon] === 0x20 || buf[colon] === 0x0a || buf[colon] === 0x0d || buf[colon] === 0x09)
    )
      colon++
    if (colon >= end) return false
    if (buf[colon] !== 0x3a) return scanner.refuse('expected `:`')

    let target = node
    if (node.isValue && frame.node.isElement) {
      const kv = frame.kv ?? this.later(colon + 1, final)
      if (kv === undefined) return false
      if (typeof kv !== 'string') target = kv
      else if (kv !== '') target = frame.node.fold(kv)
    }
    if (!this.fresh(frame, node)) return false
    if (node.masked !== undefined && scanner.suppress < 0) this.masker.write(start, quote, node, frame)
    frame.last = node.id >= 0 ? node : frame.last
    scanner.node = target
    scanner.pos = colon + 1
    scanner.state = 'value'
    return true
  }

  /** Whether the bytes at `start` are this key and its closing quote. */
  private same(node: PathNode, start: number): boolean {
    const { buf, end } = this.scanner
    const { key } = node
    const quote = start + key.length
    if (quote >= end || buf[quote] !== 0x22) return false
    for (let i = 0; i < key.length; i++) if (key[i] !== buf[start + i]) return false
    return true
  }

  /** Reads a key; its closing quote is then at `decoder.stop`. */
  private read(parent: PathNode, start: number, final: boolean): PathNode | undefined {
    const { scanner } = this
    const { buf, end, decoder } = scanner
    if (scanner.strings.waiting(start)) return undefined
    let i = start
    while (i < end && buf[i] !== 0x22 && buf[i] !== 0x5c && buf[i]! >= 0x20) i++
    let node: PathNode
    if (i < end && buf[i] === 0x22) {
      decoder.stop = i
      node = parent.child(buf, start, i)
      node.plain = true
    } else {
      const status = i >= end ? 'open' : decoder.decode(buf, start, i, end)
      if (status === 'bad') {
        scanner.refuse('bad string')
        return undefined
      }
      if (status === 'open') {
        if (end - start > this.context.maxString) scanner.fail('TW_MASK_LONG_KEY', 'key')
        else if (final && scanner.lenient) this.values.tail(start, end)
        else scanner.strings.wait(start)
        return undefined
      }
      node = parent.child(decoder.out, 0, decoder.length)
    }
    if (!node.seen) this.masker.lookAt(node)
    if (decoder.stop - start > this.context.maxString) {
      scanner.fail('TW_MASK_LONG_KEY', 'key')
      return undefined
    }
    return node
  }

  /** An element of a key/value list whose `value` comes first: its `key`, '' if it has none, undefined to wait. */
  private later(from: number, final: boolean): string | undefined {
    const { scanner } = this
    const { buf, end, decoder, pos } = scanner
    if (!final && end - pos < Math.min(this.patience, this.context.maxString)) return undefined
    // As far as a string may reach: the answer must not depend on how much has come.
    const limit = pos + this.context.maxString
    const later = laterKey(buf, from, Math.min(end, limit))
    if (later === 'more') {
      if (end >= limit) scanner.withheld.add('value before its key')
      else if (!final) {
        this.patience = (end - pos) * 2
        return undefined
      }
    }
    this.patience = 0
    if (later === 'more' || later === 'none') return ''
    const status = decoder.decode(buf, later.start, later.start, end)
    return status === 'closed' && decoder.length <= MAX_KV
      ? decoder.out.toString('utf8', 0, decoder.length)
      : ''
  }

  /** Notes the key; false for one that this object already had. */
  private fresh(frame: Frame, node: PathNode): boolean {
    const { scanner } = this
    const { id } = node
    if (id >= 0) {
      if (id >= this.lastSeen.length) {
        const larger = new Int32Array(Math.max(id + 1, this.lastSeen.length * 2))
        larger.set(this.lastSeen)
        this.lastSeen = larger
      }
      if (this.lastSeen[id] !== frame.instance) {
        this.lastSeen[id] = frame.instance
        return true
      }
    } else {
      frame.extra ??= new Set()
      const key = node.key.toString('latin1', 0, node.key.length)
      if (frame.extra.size >= MAX_KEYS) {
        scanner.fail('TW_MASK_TOO_MANY_KEYS', 'keys')
        return false
      }
      if (!frame.extra.has(key)) {
        frame.extra.add(key)
        return true
      }
    }
    scanner.fail('TW_MASK_DUPLICATE_KEY', 'key')
    return false
  }
}
