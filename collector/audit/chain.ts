import { hash } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import type { SessionEvent } from '../../core/event.ts'
import type { Hmac } from '../../core/hmac.ts'

/**
 * The audit chain. Each gateway numbers its events from 1 and chains them: an event holds the hash of the one before
 * (`prev`) and its own. What is hashed is the event's *committed form*: canonical JSON (RFC 8785) in which each
 * personal field is replaced by a salted commitment, and what is added after the fact is left out. So a person's data
 * can be erased (value and salt dropped, commitment kept) and the chain still holds. docs/audit.md has the details.
 */
export const PERSONAL = [
  ['source', 'ip'],
  ['user', 'email'],
  ['user', 'name'],
  ['user_agent', 'original'],
] as const

export interface ChainHead {
  chain: string
  /** Sequence and hash of the last event; 0 and the genesis hash where there is none yet. */
  sequence: number
  hash: string
}

export const sha256 = (text: string): string => `sha256:${hash('sha256', text, 'hex')}`

/** What the first event of a chain has as `prev`. */
export const genesis = (chain: string): ChainHead => ({
  chain,
  sequence: 0,
  hash: sha256(`tracewarden chain\n${chain}`),
})

/** Without the salt (128 random bits, dropped on erasure) nothing about the value can be learned or guessed. */
export const commitment = (salt: string, path: string, value: string): string =>
  sha256(`${salt}\n${path}\n${value}`)

/** Chain, sequence and a MAC over both and the hash before: nobody without the master key can take an id first. */
export const eventId = (mac: Hmac, chain: string, sequence: number, prev: string): string =>
  `${chain}.${sequence}.${mac(`${chain}\n${sequence}\n${prev}`, undefined, 'base64url').slice(0, 22)}`

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const member = (value: unknown, key: string): unknown => objectOf(value)[key]

/** The committed form of an event, as canonical JSON. */
export function committed(event: SessionEvent): string {
  const { ingested: _ingested, ...inner } = event.event
  const out: Record<string, unknown> = { ...event, event: inner }
  const { chain, ...rest } = event.tracewarden
  if (chain) {
    const { hash: _hash, salt, erased, ...kept } = chain
    out.tracewarden = { ...rest, chain: kept }
    for (const [object, field] of PERSONAL) {
      const path = `${object}.${field}`
      const value = member(event[object], field)
      const seal = typeof value === 'string' ? commitment(salt ?? '', path, value) : member(erased, path)
      if (seal !== undefined) out[object] = { ...objectOf(out[object]), [field]: seal }
    }
  }
  return canonical(out)
}

/** What `tracewarden.chain.hash` must be. */
export const chainHash = (event: SessionEvent): string => sha256(committed(event))

/** Equal for two deliveries of one event, before or after erasure, whatever was added on ingest. */
export const contentDigest = (event: SessionEvent): string =>
  sha256(`${event.tracewarden.chain?.hash ?? ''}\n${committed(event)}`)

/** Whether `erasePersonal` has anything to take from it. */
export const isPersonal = (event: SessionEvent): boolean =>
  event.tracewarden.chain !== undefined &&
  (event.tracewarden.chain.salt !== undefined ||
    PERSONAL.some(([object, field]) => typeof member(event[object], field) === 'string'))

/** Drops the personal fields and the salt; the commitments stay, and with them the chain. */
export function erasePersonal(event: SessionEvent): SessionEvent {
  const { chain } = event.tracewarden
  if (!chain) return event
  const { salt, ...kept } = chain
  const erased: Record<string, unknown> = { ...objectOf(chain.erased) }
  const out: SessionEvent = { ...event }
  for (const [object, field] of PERSONAL) {
    const value = member(event[object], field)
    if (typeof value !== 'string') continue
    erased[`${object}.${field}`] = commitment(salt ?? '', `${object}.${field}`, value)
    out[object] = { ...out[object], [field]: undefined }
  }
  out.tracewarden = { ...event.tracewarden, chain: { ...kept, erased } }
  return out
}
