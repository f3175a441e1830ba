/**
 * How much intent a bypass technique shows. A filter on a hidden field is what a dashboard or a curious colleague does
 * once; a header that pretends to be another path is written by nobody by accident. Names are those of the published
 * list; unknown ones stand between.
 */
const PROBING = 1
const UNKNOWN = 1.5
const DELIBERATE = 2
/** Not an attempt: data was read where nothing masks it. */
const DONE = 10

const GRADES: readonly (readonly [RegExp, number])[] = [
  [/^around-gateway$/, DONE],
  [/-oracle$|^oracle$|predicate/, PROBING],
  [/^(unknown-route|method|presigned|export|share|format|accept|range)/, PROBING],
  [
    /header|traversal|encoding|smuggl|override|spoof|host|confus|homoglyph|zero-width|base64|escape|duplicate/,
    DELIBERATE,
  ],
  [
    /substring|reverse|encode|cast|row-to-json|whole-row|union|alias|copy|cursor|function|view|search-path|startup/,
    DELIBERATE,
  ],
]

export const intent = (technique: string): number =>
  GRADES.find(([pattern]) => pattern.test(technique))?.[1] ?? UNKNOWN
