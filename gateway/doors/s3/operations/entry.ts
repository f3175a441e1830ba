/** What a listing shows: an object, or what several keys have in common up to the delimiter. */
export interface Entry {
  kind: 'object' | 'prefix'
  key: string
  /** Listing goes on after this. */
  position: string
  modified: number
  /** Of the backend. */
  etag: string
  size: number
}

export interface Wanted {
  bucket: string
  prefix: string
  delimiter: string
  max: number
  after: string
}

/** Nothing a key can begin with comes after it. */
export const LAST = '\u{10ffff}'
