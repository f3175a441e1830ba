/** Open objects and arrays, one inside the other. */
export const MAX_DEPTH = 512
/** Keys of one object that the path table does not know. */
export const MAX_KEYS = 100_000
/** JSON in a string in a string …: as deep as this is looked at, deeper is withheld. */
export const MAX_LEVELS = 8
/** Bytes of a name in a key/value list; longer ones name no field. */
export const MAX_KV = 512
/** Longer values of a key named `token` are no tokens. */
export const LONGEST_SECRET = 4096
export const TOO_LONG = 'string too long'
