import type { MaskPlan, Observed } from './masker.ts'
import { scannerOf } from './plan.ts'
import { HIDDEN, masked, replacement, withheldText } from './transform.ts'

/**
 * Masks values that come one by one, such as the cells of a result column: the plan's shape says where in its
 * documents a value's root stands. Keeps its scratch memory from value to value; not re-entrant.
 */
export interface CellMasker {
  /** A text; `undefined` where it may be shown as it is, `null` where nothing may stand there. */
  text(buf: Buffer, start: number, end: number): Buffer | null | undefined
  /** A JSON document. What is none is withheld as a JSON string. */
  json(buf: Buffer, start: number, end: number): Buffer | null | undefined
  /** Name of the masking field that hides every value here, for this reader. */
  readonly hidden: string | undefined
  readonly observed: Observed
  /** Forgets what was observed: another answer begins. */
  reset(): void
}

/** @throws TW_MASK_PLAN */
export function createCellMasker(plan: MaskPlan): CellMasker {
  const scanner = scannerOf(plan, false)
  const { context } = scanner
  const { root, observer } = context
  const { observed } = observer
  const { hidden, shown, structural } = root.facts
  const notShown = Buffer.from(HIDDEN)
  const notShownJson = Buffer.from(JSON.stringify(HIDDEN))

  const redacted = Buffer.from(masked(hidden?.name ?? ''))
  const redactedJson = Buffer.from(JSON.stringify(masked(hidden?.name ?? '')))

  function withheld(reason: string, json: boolean): Buffer {
    observer.withheld('', reason)
    const text = withheldText(reason)
    return Buffer.from(json ? JSON.stringify(text) : text)
  }

  /** What stands for a value that is hidden as a whole. */
  function instead(buf: Buffer, start: number, end: number, json: boolean): Buffer | null | undefined {
    if (!hidden) return undefined
    observed.masked.add(hidden.name)
    if (hidden.transform === 'null') return null
    if (hidden.transform === 'redact') return json ? redactedJson : redacted
    const value = buf.toString('utf8', start, end)
    const text = replacement(hidden.transform, hidden.name, value, context.pseudonym)
    return Buffer.from(json ? JSON.stringify(text) : text)
  }

  return {
    hidden: hidden?.name,
    observed,
    text(buf, start, end) {
      if (hidden) return instead(buf, start, end, false)
      if (context.hideContent && !structural) {
        for (const field of shown) observed.masked.add(field.name)
        return end > start ? notShown : undefined
      }
      for (const field of shown) observer.shown(field.name, field.highRisk)
      if (end - start > context.maxString) return withheld('text too long', false)
      scanner.start(buf, start, end, root, false)
      return scanner.maskText() ? scanner.edits.apply(buf, start, end) : undefined
    },
    json(buf, start, end) {
      if (hidden) return instead(buf, start, end, true)
      if (context.hideContent && !structural) {
        for (const field of shown) observed.masked.add(field.name)
        return notShownJson
      }
      for (const field of shown) observer.shown(field.name, field.highRisk)
      scanner.start(buf, start, end, root, false)
      const status = scanner.run(true)
      if (status !== 'done') return withheld('not judged', true)
      return scanner.edits.count > 0 ? scanner.edits.apply(buf, start, end) : undefined
    },
    reset() {
      observed.traceIds.clear()
      observed.masked.clear()
      observed.displayed.clear()
      observed.sensitive.clear()
      observed.highRisk.clear()
      observed.withheld.length = 0
      observed.records = 0
      observed.unknownTimes = 0
      observed.content = false
      delete observed.oldest
      delete observed.newest
      observer.unwind(0)
    },
  }
}
