import { isUtf8 } from 'node:buffer'
import { decodedRuns, type RunSink } from '../views/encoded.ts'
import { fold, foldNear } from '../views/fold.ts'
import { undoEscapes } from '../views/unescape.ts'
import { View } from '../views/view.ts'
import { Finder } from './finder.ts'
import { Matches } from './matches.ts'
import type { RuleSet, ScanRule } from './ruleset.ts'
import type { Engine } from './wasm/engine.ts'

/** How many encodings may lie over one another inside one text. */
const LEVELS = 5
/** A match begins at most this far before its keyword. */
const BEFORE = 128
/** The longest value that is looked at as one cut short. */
const CUT = 512
/** What values go on in: a match that ends before anything else has the whole value. */
const TOKEN: Uint8Array = Uint8Array.from({ length: 256 }, (_, c) =>
  Number(/[A-Za-z0-9+/=_.~%-]/.test(String.fromCharCode(c))),
)

/**
 * Looks at one text (decoded bytes of a string) for every rule: a pass of the automaton, patterns where it found
 * keywords, then the same over each view in which the text reads differently. Keeps scratch memory; not re-entrant.
 */
export class TextScanner implements RunSink {
  private readonly set: RuleSet
  private readonly level: number
  /** Keywords of the text that is judged next, or was judged last. */
  readonly finder: Finder
  private escaped = false
  /** Where in the last text judged the last keyword ended, of a rule that joins neighbours and of any; −1 for none. */
  lastJoining = -1
  lastKeyword = -1
  /** The first keyword of each kind whose match may begin before it. */
  firstLead = -1
  firstJoiningLead = -1
  /** Whether a match went to the end of that text, and so may go on beyond it. */
  endsOpen = false
  private readonly view = new View()
  private readonly memo = new Map<number, string>()
  private readonly found = new Matches()
  /** Where the scan under way puts what it finds. */
  private into = this.found
  private deeper: TextScanner | undefined
  private credentialsOnly = false
  private readonly roaming = new Set<ScanRule>()
  /** By rule, where it was last tried in this text: keywords that overlap need one attempt. */
  private readonly triedAt: Int32Array
  private readonly triedIn: Int32Array
  private texts = 0

  constructor(set: RuleSet, level = 0) {
    this.set = set
    this.level = level
    this.finder = new Finder(set)
    this.triedAt = new Int32Array(set.rules.length)
    this.triedIn = new Int32Array(set.rules.length)
  }

  get engine(): Engine {
    return this.set.engine
  }

  /** Bytes of scratch memory that it keeps, about. */
  get scratch(): number {
    return 8 * this.finder.hitAt.length + 5 * this.view.bytes.length + (this.deeper?.scratch ?? 0)
  }

  /** Adds to `out` what is found between `start` and `end`. */
  scan(buf: Buffer, start: number, end: number, out: Matches): void {
    this.finder.text(buf, start, end)
    this.judge(buf, start, end, out)
  }

  /** The rest of the work after the finder has read exactly this text. */
  judge(buf: Buffer, start: number, end: number, out: Matches): void {
    if (this.set.rules.length === 0) return
    this.escaped = false
    this.lastJoining = -1
    this.lastKeyword = -1
    this.firstLead = -1
    this.firstJoiningLead = -1
    this.endsOpen = false
    const { high, runs } = this.finder
    if (this.finder.hits > 0) this.patterns(buf, start, end, out)
    if (this.set.always.length > 0) for (const rule of this.set.always) this.roaming.add(rule)
    if (this.roaming.size > 0) this.roam(buf, start, end, out)
    const { escaped } = this
    if (high && this.level < LEVELS && this.readsDifferently(buf, start, end)) this.through(out)
    if (escaped && this.level < LEVELS) {
      undoEscapes(buf, start, end, this.view)
      this.through(out)
    }
    if (runs) {
      this.into = out
      decodedRuns(buf, start, end, this)
    }
  }

  /**
   * Makes the view in which look-alikes are ASCII, where it may show something that the text does not: there is a
   * keyword in the text, or comes into being. `patterns` has looked at the text.
   */
  private readsDifferently(buf: Buffer, start: number, end: number): boolean {
    const { view, memo, set } = this
    if (this.finder.hits === 0 && set.always.length === 0) {
      const changed = foldNear(buf, start, end, view, memo, set.filter.longest)
      if (changed === false) return false
      if (changed && !this.below().hasKeyword(view.bytes, view.length)) return false
    }
    return fold(buf, start, end, view, memo)
  }

  /** Whether any keyword stands in these bytes. */
  private hasKeyword(bytes: Buffer, length: number): boolean {
    this.finder.text(bytes, 0, length)
    return this.finder.hits > 0
  }

  private patterns(buf: Buffer, start: number, end: number, out: Matches): void {
    const { automaton, ruleOf, lengthOf, rules } = this.set
    const { hitAt, hitState, hits } = this.finder
    const base = Math.max(start, hitAt[0]! - BEFORE)
    /** Made when the first pattern is tried: many keywords are told apart by the bytes before them. */
    let text = ''
    const seen = ++this.texts
    /** Inside a match whose value ends here nothing more need be found. */
    let covered = -1
    for (let h = 0; h < hits; h++) {
      const at = hitAt[h]!
      const outputs = automaton.outputs[(hitState[h]! - automaton.found) / automaton.stride]!
      for (let o = 0; o < outputs.length; o++) {
        const trigger = outputs[o]!
        const index = ruleOf[trigger]!
        if (index < 0) {
          this.escaped = true
          continue
        }
        const rule = rules[index]!
        this.lastKeyword = at
        if (rule.join) this.lastJoining = at
        if (rule.lead && this.firstLead < 0) this.firstLead = at
        if (rule.lead && rule.join && this.firstJoiningLead < 0) this.firstJoiningLead = at
        if (at < covered) continue
        if (this.credentialsOnly && !rule.credential) continue
        if (rule.roams) {
          this.roaming.add(rule)
          continue
        }
        const keywordAt = at + 1 - lengthOf[trigger]!
        let low = keywordAt
        if (rule.lead) {
          low = Math.max(base, keywordAt - rule.leadMax)
          if (rule.each && this.triedIn[index] === seen) low = Math.max(low, this.triedAt[index]! + 1)
        }
        let from = keywordAt
        if (rule.lead) while (from > low && rule.lead[buf[from - 1]!]) from--
        if (rule.whole && from > base && rule.lead?.[buf[from - 1]!]) continue
        if (this.triedIn[index] === seen && (rule.each ? low > keywordAt : this.triedAt[index] === from))
          continue
        this.triedIn[index] = seen
        this.triedAt[index] = rule.each ? keywordAt : from
        const last = rule.each ? keywordAt : from
        for (; from <= last; from++) {
          if (rule.starts && !rule.starts[buf[from]!]) continue
          if (text === '') text = buf.toString('latin1', base, end)
          const stop = this.attempt(rule, text, from - base, base, out)
          if (stop < 0) continue
          if (stop >= end || !TOKEN[buf[stop]!]) covered = Math.max(covered, stop)
          break
        }
      }
    }
  }

  /** Tries one rule at one place of the text; @returns the end of what it found (offset in the bytes), or −1. */
  private attempt(rule: ScanRule, text: string, from: number, base: number, out: Matches): number {
    rule.pattern.lastIndex = from
    let match = rule.pattern.exec(text)
    if (!match && rule.cut && text.length - from <= CUT) {
      rule.cut.lastIndex = from
      match = rule.cut.exec(text)
    }
    if (!match) return -1
    const end = match.index + match[0].length
    const secret = match[1] ?? match[0]
    const begin = end - secret.length
    const verdict = rule.check ? rule.check(secret) : true
    if (verdict === false || verdict === 0) return -1
    const stop = typeof verdict === 'number' ? begin + verdict : end
    out.add(base + begin, base + stop, rule)
    if (stop === text.length) this.endsOpen = true
    return base + stop
  }

  /** Rules from config: their patterns may hold any character, so they run on real text, over all of it. */
  private roam(buf: Buffer, start: number, end: number, out: Matches): void {
    const ascii = !this.finder.high
    const text = ascii ? buf.toString('latin1', start, end) : buf.toString('utf8', start, end)
    for (const rule of this.roaming) {
      rule.pattern.lastIndex = 0
      for (let match = rule.pattern.exec(text); match; match = rule.pattern.exec(text)) {
        if (match[0] === '') {
          rule.pattern.lastIndex++
          continue
        }
        const before = ascii ? match.index : Buffer.byteLength(text.slice(0, match.index))
        const size = ascii ? match[0].length : Buffer.byteLength(match[0])
        out.add(start + before, start + before + size, rule)
      }
    }
    this.roaming.clear()
  }

  /** Scans the view and maps what is found back to the original. */
  private through(out: Matches): void {
    const { view, found } = this
    const deeper = this.below()
    found.clear()
    deeper.credentialsOnly = this.credentialsOnly
    deeper.scan(view.bytes, 0, view.length, found)
    for (let m = 0; m < found.count; m++)
      out.add(view.map[found.starts[m]!]!, view.map[found.ends[m]!]!, found.rules[m]!)
  }

  /** A run inside what was found needs no decoding. */
  hidden(from: number, to: number): boolean {
    const { into } = this
    for (let m = 0; m < into.count; m++) if (into.starts[m]! <= from && into.ends[m]! >= to) return true
    return false
  }

  /** What a run of base64 or hex says; if a rule finds something, the run goes whole. */
  decoded(bytes: Buffer, from: number, to: number): void {
    if (this.level >= LEVELS) return
    const deeper = this.below()
    // Chance makes e-mail addresses of random bytes, but no credentials.
    deeper.credentialsOnly = this.credentialsOnly || !isUtf8(bytes)
    const { found } = this
    found.clear()
    deeper.scan(bytes, 0, bytes.length, found)
    if (found.count > 0) this.into.add(from, to, found.rules[0]!)
  }

  private below(): TextScanner {
    this.deeper ??= new TextScanner(this.set, this.level + 1)
    return this.deeper
  }
}
