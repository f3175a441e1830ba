import type { MaskPlan, Observed } from './masker.ts'
import { scannerOf } from './plan.ts'
import { HIDDEN, masked, replacement, withheldText } from './transform.ts'

/** Bytes of `bytes` from `start` to `end`; good until the masker is given the next value. */
export interface Piece {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

export const pieceOf = (bytes: Buffer): Piece => ({ bytes, start: 0, end: bytes.length })

/** What is kept of the memory in which values are masked, bytes. */
const KEPT = 256 * 1024

/**
 * Masks values that come one by one, such as the cells of a result column: the plan's shape says where in its
 * documents a value's root stands. Keeps its scratch memory from value to value; not re-entrant.
 */
export interface CellMasker {
  /** A text; `undefined` where it may be shown as it is, `null` where nothing may stand there. */
  text(buf: Buffer, start: number, end: number): Piece | null | undefined
  /** A JSON document. What is none is withheld as a JSON string. */
  json(buf: Buffer, start: number, end: number): Piece | null | undefined
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
  const notShown = pieceOf(Buffer.from(HIDDEN))
  const notShownJson = pieceOf(Buffer.from(JSON.stringify(HIDDEN)))

  const redacted = pieceOf(Buffer.from(masked(hidden?.name ?? '')))
  const redactedJson = pieceOf(Buffer.from(JSON.stringify(masked(hidden?.name ?? ''))))

  function withheld(reason: string, json: boolean): Piece {
    observer.withheld('', reason)
    const text = withheldText(reason)
    return pieceOf(Buffer.from(json ? JSON.stringify(text) : text))
  }

  /** What stands for a value that is hidden as a whole. */
  function instead(buf: Buffer, start: number, end: number, json: boolean): Piece | null | undefined {
    if (!hidden) return undefined
    observed.masked.add(hidden.name)
    if (hidden.transform === 'null') return null
    if (hidden.transform === 'redact') return json ? redactedJson : redacted
    const value = buf.toString('utf8', start, end)
    const text = replacement(hidden.transform, hidden.name, value, context.pseudonym)
    return pieceOf(Buffer.from(json ? JSON.stringify(text) : text))
  }

  let kept = Buffer.alloc(0)
  const piece = { bytes: kept, start: 0, end: 0 }
  function edited(buf: Buffer, start: number, end: number): Piece {
    const { edits } = scanner
    const most = edits.mostFor(end - start)
    if (most > kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(1024, 2 * most))
      if (larger.length <= KEPT) kept = larger
      piece.bytes = larger
    } else piece.bytes = kept
    piece.end = edits.applyInto(buf, start, end, piece.bytes)
    return piece
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
      return scanner.maskText() ? edited(buf, start, end) : undefined
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
      return scanner.edits.count > 0 ? edited(buf, start, end) : undefined
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
