import type { z } from 'zod'
import type { DocumentKind, Documents, Version } from '../collector/port.ts'
import { type Clock, iso } from '../core/clock.ts'
import { CodedError } from '../core/errors.ts'
import type { KeyRing, Verifier } from '../core/signing.ts'

/** One signed document that several processes read and change: who can only write to the store changes nothing. */
export interface SignedDocument<T> {
  /** The newest, if it changed since the last call and its signature holds; otherwise what was known. */
  read(): Promise<T>
  /** What was read or written last. */
  last(): T
}

export interface Writable<T> extends SignedDocument<T> {
  /** Changes a copy until nobody wrote in between. `change` says whether there is anything to write. */
  update(change: (body: T) => boolean): Promise<T>
}

interface Place<T> {
  kind: DocumentKind
  id: string
  schema: z.ZodType<T>
  empty: () => T
}

/** `doubt`: called for a document that no known key signed. */
export function signedReader<T>(
  { kind, id, schema, empty }: Place<T>,
  deps: { documents: Documents; keyRing: Verifier; doubt?: () => void },
): SignedDocument<T> & { version(): Version | undefined } {
  let body = empty()
  let version: Version | undefined
  return {
    last: () => body,
    version: () => version,
    async read() {
      const stored = await deps.documents.get<unknown>(kind, id)
      if (!stored || stored.version === version) return body
      version = stored.version
      const parsed = schema.safeParse(deps.keyRing.open(kind, id, stored.body))
      // One that is not signed is no order: what was known stays.
      if (parsed.success) body = parsed.data
      else deps.doubt?.()
      return body
    },
  }
}

export function signedDocument<T>(
  place: Place<T>,
  deps: { documents: Documents; keyRing: KeyRing; clock: Clock },
): Writable<T> {
  const { kind, id } = place
  const reader = signedReader(place, deps)
  let written: T | undefined
  return {
    last: () => written ?? reader.last(),
    async read() {
      written = await reader.read()
      return written
    },
    async update(change) {
      for (;;) {
        const body = structuredClone(await reader.read())
        if (!change(body)) return body
        try {
          const expect = reader.version() ?? 'absent'
          const at = iso(deps.clock.now())
          await deps.documents.put(kind, id, deps.keyRing.sign(kind, id, body), { expect, at })
          written = body
          return body
        } catch (error) {
          if (!(error instanceof CodedError && error.code === 'TW_STORE_CONFLICT')) throw error
        }
      }
    },
  }
}
