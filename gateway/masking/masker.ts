/**
 * The masking engine copies bytes it does not mask: JSON is never parsed and printed again. A scanner walks the bytes,
 * knows at each value its canonical path, decodes each string, looks at it through normalised views and replaces only
 * what matched, keeping the JSON valid at every nesting.
 *
 * Terms: a *path* is segments joined by `.`, array indexes are `*`, dotted keys are split
 * (`attributes["llm.output_messages.0.message.content"]` → `attributes.llm.output_messages.*.message.content`),
 * key/value lists are folded (`attributes:[{key:"a.b",value:{string_value:"x"}}]` → `attributes.a.b`), and a path goes
 * on inside JSON held in a string. A *glob* is a path in which `*` is one segment and `**` any number.
 */

export type Transform = 'redact' | 'keep-last-4' | 'hash' | 'null'

/** Where a route's response keeps what policy needs to know. All are globs. */
export interface ResponseShape {
  /** Values that are trace ids (each distinct one is a trace). */
  traceId: readonly string[]
  /** Creation times of traces: RFC 3339 strings or integers; `unit` of the integers. */
  time: readonly string[]
  timeUnit?: 's' | 'ms' | 'us' | 'ns'
  /** Object or array element that is one record of a trace (a span, a trace): what a poisoned one is withheld as. */
  record: readonly string[]
  /** Everything is content until said otherwise: these are not (ids, times, names of types, counts, paging). */
  structural: readonly string[]
  /** Strings that are documents themselves: where content is hidden they are looked into, and hidden if they are no JSON. */
  document?: readonly string[]
  /** Keys are renamed before paths are built, e.g. Phoenix's `11_attributes.llm…` table columns. */
  key?: (key: string) => string
  /** Response path → canonical path, e.g. to undo GraphQL aliases. Called once per distinct path. */
  resolve?: (path: readonly string[]) => readonly string[]
  /**
   * Whether a whole document may be shown at all, masked or not: `drop` leaves an event of a stream out and withholds a
   * body; `alone` is no part of what comes in pieces, so it need not wait for what follows. Doors ask before they mask.
   * @throws coded errors: everything is withheld.
   */
  admit?: (document: unknown) => 'pass' | 'alone' | 'drop'
}

/** Policy compiled for one reader, route and decision. Immutable, shared by requests. */
export interface MaskPlan {
  /** The compiled rules; made by `compileMasking`, opaque outside the room. */
  readonly rules: unknown
  readonly shape: ResponseShape
  /** Listings: every content value becomes the placeholder. */
  readonly hideContent: boolean
  /** Field names shown in clear to this reader. */
  readonly reveal: ReadonlySet<string>
  /** Key of pseudonyms for this reader or case. */
  readonly pseudonym: import('node:crypto').KeyObject
}

/** What the scan saw, complete after `end`. */
export interface Observed {
  traceIds: Set<string>
  /** ms since epoch; `unknownTimes` counts records without a usable one. */
  oldest?: number
  newest?: number
  unknownTimes: number
  /** Records (spans, rows…) whose content is shown. */
  records: number
  /** Names of masking rules' fields hidden / shown; shown ones that policy calls sensitive / high-risk. */
  masked: Set<string>
  displayed: Set<string>
  sensitive: Set<string>
  highRisk: Set<string>
  /** Elements withheld because they could not be judged, with path and reason. */
  withheld: { path: string; reason: string }[]
  /** Whether any content (not structural, not hidden) is in the output: a listing fully masked shows none. */
  content: boolean
}

/** Masks one body in the order of its bytes; memory is bounded by the longest string plus a constant. */
export interface Masker {
  /** Masked bytes that may follow what was returned before; may be empty while a string is held. */
  push(chunk: Uint8Array): Uint8Array
  /** The rest. @throws TW_MASK_TRUNCATED, TW_MASK_NOT_JSON, TW_MASK_DUPLICATE_KEY… : release nothing more. */
  end(): Uint8Array
  readonly observed: Observed
}
