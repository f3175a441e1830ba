import type { PathNode } from '../paths/table.ts'
import { looksPassword, looksSecret } from '../rules/rule.ts'
import { Matches } from '../scan/matches.ts'
import type { ScanRule } from '../scan/ruleset.ts'
import { escaped, HIDDEN, masked, replacement, withheldText } from '../transform.ts'
import type { Context } from './context.ts'
import { type Decoded, Walker } from './decode.ts'
import { NestedDocuments, REASONS } from './documents.ts'
import type { Frame } from './frame.ts'
import { LONGEST_SECRET, MAX_KV, TOO_LONG } from './limits.ts'
import { Neighbours } from './neighbours.ts'
import { closingQuote } from './peek.ts'
import type { JsonScanner } from './scanner.ts'

/** Decides what becomes of each value and key of one scanner, and notes the edits. */
export class ValueMasker {
  private readonly context: Context
  private readonly scanner: JsonScanner
  private readonly matches = new Matches()
  private readonly documents: NestedDocuments
  private readonly neighbours: Neighbours
  private readonly lines: boolean
  /** Arrays around the document's root. */
  private outside = 0

  constructor(context: Context, scanner: JsonScanner, level: number, lines: boolean) {
    this.context = context
    this.scanner = scanner
    this.documents = new NestedDocuments(context, scanner, level)
    this.lines = lines
    this.neighbours = new Neighbours(context.text, scanner.edits, scanner.survey, (rule, value) =>
      this.standIn(rule, value),
    )
  }

  begin(root: PathNode): void {
    this.outside = root.arrays
    this.neighbours.reset()
  }

  get scratch(): number {
    return this.documents.scratch + this.neighbours.scratch
  }

  forget(): void {
    this.documents.forget()
  }

  settled(pos: number): number {
    return this.neighbours.settled(pos)
  }

  shift(by: number): void {
    this.neighbours.shift(by)
  }

  /** What stands for a match inside a text, already escaped; undefined if this reader may see it. */
  private standIn(rule: ScanRule, value: string): string | undefined {
    const { reveal, observer, pseudonym } = this.context
    if (reveal.has(rule.name)) {
      observer.shown(rule.name, rule.highRisk)
      return undefined
    }
    observer.observed.masked.add(rule.name)
    if (rule.transform === 'redact' || rule.transform === 'null') return rule.redacted
    return escaped(replacement(rule.transform, rule.name, value, pseudonym))
  }

  /**
   * A string that begins at `start`, after its quote. `open`: one without an end ends with the bytes.
   * @returns where its closing quote is (or the end), −1 if that is not here yet, −2 if it is not a string.
   */
  string(start: number, node: PathNode, open: boolean, keyOf: Frame | undefined): number {
    const { context, scanner } = this
    const { facts } = node
    const { buf, end } = scanner
    const hide = scanner.withheld.here && !facts.structural && keyOf === undefined
    if (hide && !facts.hidden && !facts.traceId && !facts.time && !facts.document)
      return this.conceal(start, node, open)

    // Up to the first escape the bytes are the text; most strings have none.
    let stop = context.text.finder.raw(scanner.survey, start, end)
    let text = buf
    let from = start
    let to = stop
    let status: Decoded = 'closed'
    let swept = true
    if (stop >= end) status = 'open'
    else if (buf[stop] === 0x5c) {
      swept = false
      status = scanner.decoder.decode(buf, start, stop, end)
      stop = scanner.decoder.stop
      text = scanner.decoder.out
      from = 0
      to = scanner.decoder.length
    } else if (buf[stop] !== 0x22) return -2
    if (status === 'bad') return -2
    if (status === 'open') {
      if (!open) return -1
      stop = end
    }
    if (stop - start > context.maxString) {
      scanner.edits.add(start, stop, this.tooLong(node, keyOf !== undefined))
      return stop
    }
    if (facts.traceId) context.observer.traceId(text.toString('utf8', from, to))
    if (facts.time) context.observer.time(text.toString('latin1', from, to))
    if (keyOf && to - from <= MAX_KV)
      keyOf.kv = keyOf.node.foldOf(text, from, to) ?? text.toString('utf8', from, to)

    if (facts.hidden) {
      const { name, transform } = facts.hidden
      context.observer.observed.masked.add(name)
      const value = text.toString('utf8', from, to)
      if ((transform === 'null' || node.numeric) && status === 'closed')
        scanner.edits.add(start - 1, stop + 1, 'null')
      else scanner.edits.add(start, stop, escaped(replacement(transform, name, value, context.pseudonym)))
      return stop
    }
    if (hide) {
      if (!facts.document || !this.hiddenDocument(text, from, to, node, start))
        this.hide(start, stop, node, status === 'closed')
      return stop
    }
    for (const field of facts.shown) context.observer.shown(field.name, field.highRisk)
    this.content(text, from, to, node, start, stop, status === 'closed', swept)
    return stop
  }

  /** What stands for a string that is too long to be looked at. */
  tooLong(node: PathNode, isKey: boolean): string {
    const { scanner, context } = this
    const { hidden, structural } = node.facts
    if (hidden) {
      context.observer.observed.masked.add(hidden.name)
      return masked(hidden.name)
    }
    if (scanner.withheld.here && !structural && !isKey) return HIDDEN
    scanner.withheld.add(TOO_LONG)
    return withheldText(TOO_LONG)
  }

  /** A whole body of plain text. */
  text(start: number, end: number, node: PathNode): void {
    const { scanner } = this
    if (scanner.withheld.here && !node.facts.structural) {
      if (end > start) scanner.edits.add(start, end, HIDDEN)
      return
    }
    this.content(scanner.buf, start, end, node, start, end, false, false)
  }

  /** Hides what is content in a document; false where it is none. */
  private hiddenDocument(text: Buffer, from: number, to: number, node: PathNode, start: number): boolean {
    let first = from
    while (first < to && text[first]! <= 0x20) first++
    const object = first < to && (text[first] === 0x7b || text[first] === 0x5b)
    return object && this.documents.read(text, first, to, node, start) === undefined
  }

  private conceal(start: number, node: PathNode, open: boolean): number {
    const { scanner } = this
    let stop = closingQuote(scanner.buf, start, scanner.end)
    if (stop < 0) {
      if (!open) return -1
      stop = scanner.end
    }
    this.hide(start, stop, node, stop < scanner.end)
    return stop
  }

  private hide(start: number, stop: number, node: PathNode, closed: boolean): void {
    if (stop === start) return
    for (const field of node.facts.shown) this.context.observer.observed.masked.add(field.name)
    if (node.numeric && closed) this.scanner.edits.add(start - 1, stop + 1, 'null')
    else this.scanner.edits.add(start, stop, HIDDEN)
  }

  /** Text that may be shown, but for what rules find in it. `text` is scratch memory unless it is the scanner's own. */
  private content(
    text: Buffer,
    from: number,
    to: number,
    node: PathNode,
    start: number,
    stop: number,
    closed: boolean,
    swept: boolean,
  ): void {
    const { context, scanner, matches } = this
    let first = from
    while (first < to && text[first]! <= 0x20) first++
    const c = text[first]
    const mayBeJson = first < to && (c === 0x7b || c === 0x5b || c === 0x22)
    if (mayBeJson) {
      const problem = this.documents.read(text, first, to, node, start)
      if (problem === undefined) return
      if (problem.code !== 'TW_MASK_NOT_JSON' && problem.code !== 'TW_MASK_TRAILING') {
        const reason = REASONS[problem.code] ?? 'cannot be judged'
        scanner.edits.add(start, stop, withheldText(reason))
        scanner.withheld.add(reason)
        return
      }
    }
    const rule = this.secretByName(text, from, to, node)
    if (rule) {
      if (context.reveal.has(rule.name)) context.observer.shown(rule.name, rule.highRisk)
      else {
        context.observer.observed.masked.add(rule.name)
        const value = replacement(
          rule.transform,
          rule.name,
          text.toString('utf8', from, to),
          context.pseudonym,
        )
        if (rule.transform === 'null' && closed) scanner.edits.add(start - 1, stop + 1, 'null')
        else scanner.edits.add(start, stop, escaped(value))
        return
      }
    }
    matches.clear()
    if (swept && !mayBeJson) context.text.judge(text, from, to, matches)
    else context.text.scan(text, from, to, matches)
    const whole = matches.count > 0 && this.replace(text, from, to, start, stop, closed, text === scanner.buf)
    if (
      whole !== 'null' &&
      closed &&
      !node.isKey &&
      !node.facts.structural &&
      (this.lines || node.arrays > this.outside)
    )
      this.neighbours.read(node, text, from, to, scanner.buf, start, stop)
    if (to > from && whole === false && !node.facts.structural && !node.isKey) context.observer.content()
  }

  /** Replaces what was found; @returns whether nothing of the text is left. */
  private replace(
    text: Buffer,
    from: number,
    to: number,
    start: number,
    stop: number,
    closed: boolean,
    plain: boolean,
  ): boolean | 'null' {
    const { scanner, matches } = this
    matches.settle()
    const walker = plain ? undefined : new Walker(scanner.survey, start)
    let whole = false
    for (let m = 0; m < matches.count; m++) {
      const rule = matches.rules[m]!
      const a = matches.starts[m]!
      const b = matches.ends[m]!
      const value = this.standIn(rule, needsValue(rule) ? text.toString('utf8', a, b) : '')
      if (value === undefined) continue
      if (rule.transform === 'null' && closed) {
        while (scanner.edits.count > 0 && scanner.edits.starts[scanner.edits.count - 1]! >= start)
          scanner.edits.truncate(scanner.edits.count - 1)
        scanner.edits.add(start - 1, stop + 1, 'null')
        return 'null'
      }
      const rawStart = walker ? walker.at(a - from) : a
      const rawEnd = walker ? walker.at(b - from) : b
      scanner.edits.add(rawStart, rawEnd, value)
      whole = a === from && b === to
    }
    return whole
  }

  /** The rule by which the name of this value says that it is a secret, if it looks like one. */
  private secretByName(text: Buffer, from: number, to: number, node: PathNode): ScanRule | undefined {
    if (!node.facts.secret || node.facts.structural || to - from > LONGEST_SECRET) return undefined
    const value = text.toString('latin1', from, to)
    if (/pass|pwd/i.test(node.segments.at(-1) ?? ''))
      return looksPassword(value) ? this.context.passwordName : undefined
    return looksSecret(value) ? this.context.secretName : undefined
  }

  /** A key that the end of the bytes cut: nothing is known about it but its text. */
  tail(start: number, end: number): void {
    const { context, scanner, matches } = this
    matches.clear()
    context.text.scan(scanner.buf, start, end, matches)
    if (matches.count > 0) this.replace(scanner.buf, start, end, start, end, false, true)
  }
}

const needsValue = (rule: ScanRule) => rule.transform === 'hash' || rule.transform === 'keep-last-4'
