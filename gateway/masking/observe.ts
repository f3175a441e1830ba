import type { Observed, ResponseShape } from './masker.ts'

/** The end of the year 9999, ms. */
const LATEST = 253_402_300_799_999

interface OpenRecord {
  content: boolean
  time: boolean
  /** Records inside without a time of their own: this one's time serves them, should it have one. */
  untimed: number
}

/** Collects what the scan sees: trace ids, times, records, names of fields. */
export class Observer {
  readonly observed: Observed = {
    traceIds: new Set(),
    unknownTimes: 0,
    records: 0,
    masked: new Set(),
    displayed: new Set(),
    sensitive: new Set(),
    highRisk: new Set(),
    withheld: [],
    content: false,
  }
  private readonly unit: number
  private readonly open: OpenRecord[] = []

  constructor(shape: ResponseShape) {
    this.unit = { s: 1e3, ms: 1, us: 1e-3, ns: 1e-6 }[shape.timeUnit ?? 'ms']
  }

  get depth(): number {
    return this.open.length
  }

  /** Forgets records that were opened by something that turned out not to be JSON. */
  unwind(depth: number): void {
    this.open.length = Math.min(this.open.length, depth)
  }

  enter(): void {
    this.open.push({ content: false, time: false, untimed: 0 })
  }

  leave(): void {
    const record = this.open.pop()
    if (!record) return
    const parent = this.open.at(-1)
    if (record.content) this.observed.records++
    if (record.time) {
      if (parent) parent.time = true
      return
    }
    const untimed = record.untimed + (record.content ? 1 : 0)
    if (parent) parent.untimed += untimed
    else this.observed.unknownTimes += untimed
  }

  /** Content is in the output here. */
  content(): void {
    this.observed.content = true
    const record = this.open.at(-1)
    if (record) record.content = true
  }

  traceId(id: string): void {
    if (id !== '') this.observed.traceIds.add(id)
  }

  /** A creation time: RFC 3339, or an integer in the shape's unit, quoted or not. Anything else is no time. */
  time(text: string): void {
    let at = Number.NaN
    if (isInteger(text)) at = Number(text) * this.unit
    else if (/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d/.test(text))
      at = Date.parse(/[zZ]$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`)
    // What lies beyond the calendar is no time either: a writer made it up.
    if (!Number.isFinite(at) || at <= 0 || at > LATEST) return
    at = Math.floor(at)
    const { observed } = this
    observed.oldest = Math.min(observed.oldest ?? at, at)
    observed.newest = Math.max(observed.newest ?? at, at)
    const record = this.open.at(-1)
    if (record) record.time = true
  }

  shown(name: string, highRisk: boolean): void {
    this.observed.displayed.add(name)
    this.observed.sensitive.add(name)
    if (highRisk) this.observed.highRisk.add(name)
  }

  /** The list is for people, so it is kept short. */
  withheld(path: string, reason: string): void {
    if (this.observed.withheld.length < 100) this.observed.withheld.push({ path, reason })
  }
}

/** One to twenty digits. */
function isInteger(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x30 || c > 0x39) return false
  }
  return text.length > 0 && text.length <= 20
}
