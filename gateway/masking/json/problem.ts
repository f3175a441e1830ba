/** How far a scanner got: `cut` is an end in the middle of a document. */
export type Status = 'done' | 'more' | 'cut' | 'bad'

/** Why a document cannot be read; `at` is a byte offset. */
export interface Problem {
  code:
    | 'TW_MASK_NOT_JSON'
    | 'TW_MASK_TRAILING'
    | 'TW_MASK_DUPLICATE_KEY'
    | 'TW_MASK_TOO_DEEP'
    | 'TW_MASK_TOO_MANY_KEYS'
    | 'TW_MASK_LONG_KEY'
  what: string
  at: number
}
