import { MIN_RUN } from '../views/encoded.ts'
import { FAR, hash } from './filter.ts'
import type { RuleSet } from './ruleset.ts'
import { nextBit, type Survey } from './survey.ts'
import type { Maps } from './wasm/engine.ts'
import { WINDOW } from './wasm/kernels.ts'

/** Shorter texts that no survey covers go through the automaton whole: that costs less than a survey. */
const WORTH = 96

/** Finds the keywords of one text: the automaton looks only where the survey says that one may stand. */
export class Finder {
  /** Where a keyword ends, and the automaton's state there. */
  hitAt: Int32Array = new Int32Array(64)
  hitState: Int32Array = new Int32Array(64)
  hits = 0
  /** Whether any byte is above ASCII; whether there may be a run of base64. */
  high = false
  runs = false
  /** Of the automaton after the last text, once that is known: see `settle`. */
  state = 0
  private readonly set: RuleSet
  private settled = false
  private lastState = -1
  private lastAt = -1
  /** The text's begin, how far the automaton has read, and how far it must. */
  private start = 0
  private at = 0
  private until = 0

  constructor(set: RuleSet) {
    this.set = set
  }

  private begin(start: number): void {
    this.hits = 0
    this.high = false
    this.runs = false
    this.lastState = -1
    this.settled = false
    this.state = 0
    this.start = start
    this.at = start
    this.until = start
  }

  /** Reads the inside of a JSON string; @returns where it stopped: at `"`, `\`, a control byte or `end`. */
  raw(survey: Survey, start: number, end: number): number {
    this.begin(start)
    let i = start
    for (;;) {
      if (i >= end) break
      const maps = survey.cover(i)
      const { from, to } = survey
      const limit = to < end ? to : end
      const stop = from + nextBit(maps.stops, i - from, limit - from)
      const last = stop < limit || limit === end
      this.gather(maps, from, survey.buf, i, stop, end)
      i = stop
      if (last) break
    }
    this.look(survey.buf, Math.min(this.until, i))
    return i
  }

  /** Reads a text of any bytes. */
  text(buf: Buffer, start: number, end: number): void {
    this.begin(start)
    if (end - start < WORTH) {
      this.whole(buf, start, end)
      return
    }
    const { engine } = this.set
    for (let i = start; i < end; i += WINDOW) {
      const to = Math.min(end, i + WINDOW)
      engine.survey(buf, i, to)
      this.gather(engine.maps, i, buf, i, to, end)
    }
    this.look(buf, Math.min(this.until, end))
  }

  private whole(buf: Buffer, start: number, end: number): void {
    const { classes, text, found } = this.set.automaton
    let state = 0
    let bits = 0
    for (let i = start; i < end; i++) {
      const c = buf[i]!
      state = text[state + classes[c]!]!
      bits |= c
      if (state >= found) this.hit(i, state)
    }
    this.state = state
    this.settled = true
    this.at = end
    this.until = end
    this.high = (bits & 0x80) !== 0
    this.runs = end - start >= MIN_RUN
  }

  /** Goes through the places between `i` and `stop` where a keyword may stand; `maps` begin at `from`. */
  private gather(maps: Maps, from: number, buf: Buffer, i: number, stop: number, end: number): void {
    const { triples, pairs, before, longest } = this.set.filter
    const { keywords, highs, runs } = maps
    const limit = stop - from
    this.high ||= nextBit(highs, i - from, limit) < limit
    this.runs ||= nextBit(runs, i - from, limit) < limit
    for (let bit = nextBit(keywords, i - from, limit); bit < limit; bit = nextBit(keywords, bit + 1, limit)) {
      const place = from + bit
      const a = buf[place]!
      const b = place + 1 < end ? buf[place + 1]! : 0
      const c = place + 2 < end ? buf[place + 2]! : 0
      const triple = triples[hash(a, b, c)]!
      const pair = pairs[hash(a, b, 0)]!
      let reach = triple > pair ? triple : pair
      if (reach === 0) continue
      if (reach === FAR) reach = longest
      const first = Math.max(this.start, place - before)
      // What the automaton had to read before ends before this begins.
      if (first > this.until) {
        this.look(buf, this.until)
        this.state = 0
        this.at = first
        this.until = first
      }
      if (place + reach > this.until) this.until = place + reach
    }
  }

  /** Lets the automaton read on. */
  private look(buf: Buffer, to: number): void {
    const { classes, text, found } = this.set.automaton
    let { state } = this
    for (let i = this.at; i < to; i++) {
      state = text[state + classes[buf[i]!]!]!
      if (state >= found) this.hit(i, state)
    }
    this.state = state
    if (to > this.at) this.at = to
  }

  private hit(at: number, state: number): void {
    if (this.hits === this.hitAt.length) {
      this.hitAt = grown(this.hitAt)
      this.hitState = grown(this.hitState)
    }
    // A state that leads to itself stands for a run, of digits say; its first place is enough.
    if (state === this.lastState && at === this.lastAt + 1) {
      this.lastAt = at
      return
    }
    this.lastState = state
    this.lastAt = at
    this.hitAt[this.hits] = at
    this.hitState[this.hits++] = state
  }

  /** Makes `state` that of the automaton after the whole text, the last one read. */
  settle(buf: Buffer, start: number, end: number): void {
    if (this.settled) return
    const { classes, text } = this.set.automaton
    let state = 0
    for (let i = Math.max(start, end - this.set.filter.longest); i < end; i++)
      state = text[state + classes[buf[i]!]!]!
    this.state = state
    this.settled = true
  }

  /**
   * Whether a keyword begun in an earlier text, which left the automaton in `state`, ends in this one, the last read;
   * `all` takes rules that do not join neighbours, too. `state` is then that of both texts as one.
   */
  crosses(state: number, buf: Buffer, start: number, end: number, all: boolean): boolean {
    const { classes, text, found, outputs, stride } = this.set.automaton
    let alone = 0
    for (let i = start; i < end; i++) {
      const c = classes[buf[i]!]!
      state = text[state + c]!
      alone = text[alone + c]!
      // From here on the earlier text makes no difference.
      if (state === alone) return false
      if (state < found) continue
      for (const trigger of outputs[(state - found) / stride]!) {
        const rule = this.set.rules[this.set.ruleOf[trigger]!]
        if (rule && (all || rule.join) && this.set.lengthOf[trigger]! > i + 1 - start) return true
      }
    }
    this.state = state
    return false
  }
}

function grown(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}
