import type { LiveSession } from '../../sessions/tracker.ts'
import { canonicalHeaders, type Headers } from './canonical/headers.ts'

/** A client's connection: what its last request said of itself, and to which session that belonged. */
export class Peer {
  /** Of the last request, to know whose peer vanished. */
  session: LiveSession | undefined
  #raw: readonly string[] = []
  #headers: Headers | undefined

  /** Canonical headers. A client repeats itself on its connection, so the same are read once. @throws as canonicalHeaders */
  headers(raw: readonly string[], cookie: string): Headers {
    const known = this.#headers
    if (known && same(raw, this.#raw)) return known
    this.#headers = undefined
    const headers = canonicalHeaders(raw, cookie)
    this.#raw = raw
    this.#headers = headers
    return headers
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
