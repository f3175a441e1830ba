import { hash, type KeyObject } from 'node:crypto'
import type { EventDraft, SessionEvent } from '../../core/event.ts'
import type { Random } from '../../core/random.ts'
import { type ChainHead, commitment, eventId, PERSONAL } from '../audit/chain.ts'
import { sortedJson } from './sorted.ts'

/** A draft with its place in the chain, and its line (canonical JSON, no newline). */
export interface Sealed {
  event: SessionEvent
  line: string
  head: ChainHead
}

/** `id` is given for events that have one already (imports). */
export type Seal = (draft: EventDraft, head: ChainHead, id?: string) => Sealed

interface Blinding {
  salt: string | undefined
  /** By path, e.g. `user.email`. */
  commitments: Readonly<Record<string, string>>
}

/** How many persons' commitments are kept at hand. */
const KEPT = 2000

/**
 * Makes the function that numbers and chains drafts. It prints an event once: the line and what is hashed differ only
 * in the objects with personal fields and in the chain's own hash and salt, so only those are printed twice. One salt
 * serves the events with the same four personal values, all of one person, which are only ever erased together.
 */
export function sealer(key: KeyObject, random: Random): Seal {
  const blindings = new Map<string, Blinding>()

  const blinding = (values: readonly (string | undefined)[]): Blinding => {
    const tuple = JSON.stringify(values)
    const known = blindings.get(tuple)
    if (known) return known
    if (blindings.size >= KEPT) blindings.clear()
    const commitments: Record<string, string> = {}
    const salt = values.some((value) => value !== undefined)
      ? random.bytes(16).toString('base64url')
      : undefined
    PERSONAL.forEach(([object, field], i) => {
      const value = values[i]
      if (value !== undefined)
        commitments[`${object}.${field}`] = commitment(salt ?? '', `${object}.${field}`, value)
    })
    const made = { salt, commitments }
    blindings.set(tuple, made)
    return made
  }

  return (draft, head, given) => {
    const sequence = head.sequence + 1
    const id = given ?? eventId(key, head.chain, sequence, head.hash)
    const { ingested: _ingested, ...inner } = draft.event
    const { salt, commitments } = blinding([
      draft.source?.ip,
      draft.user?.email,
      draft.user?.name,
      draft.user_agent?.original,
    ])
    const event: SessionEvent = {
      ...draft,
      event: { ...inner, id, sequence },
      tracewarden: draft.tracewarden,
    }

    let line = ''
    let hashed = ''
    let rest = ''
    for (const name of Object.keys(event).sort()) {
      const value = event[name]
      if (value === undefined) continue
      const label = `${line ? ',' : '{'}${JSON.stringify(name)}:`
      if (name === 'tracewarden') {
        const [before, after] = aroundChain(draft.tracewarden)
        const open = `${label}{${before}"chain":{`
        hashed += `${open}"id":${JSON.stringify(head.chain)},"prev":"${head.hash}"}${after}}`
        line += open
        rest = `${after}}`
      } else if (name === 'source' || name === 'user' || name === 'user_agent') {
        const text = label + sortedJson(value)
        const blind = label + sortedJson(blinded(name, value, commitments))
        hashed += blind
        if (rest) rest += text
        else line += text
      } else {
        const text = label + sortedJson(value)
        hashed += text
        if (rest) rest += text
        else line += text
      }
    }
    const own = `sha256:${hash('sha256', `${hashed}}`, 'hex')}`
    event.tracewarden = {
      ...draft.tracewarden,
      chain: { id: head.chain, prev: head.hash, hash: own, ...(salt === undefined ? {} : { salt }) },
    }
    return {
      event,
      head: { chain: head.chain, sequence, hash: own },
      line: `${line}"hash":"${own}","id":${JSON.stringify(head.chain)},"prev":"${head.hash}"${
        salt === undefined ? '' : `,"salt":"${salt}"`
      }}${rest}}`,
    }
  }
}

function blinded(name: string, value: unknown, commitments: Readonly<Record<string, string>>): unknown {
  const out: Record<string, unknown> = { ...(value as Record<string, unknown>) }
  for (const [object, field] of PERSONAL)
    if (object === name && commitments[`${object}.${field}`] !== undefined)
      out[field] = commitments[`${object}.${field}`]
  return out
}

/** The members of `tracewarden` that sort before `chain`, each with a comma after it; those after, with one before. */
function aroundChain(tracewarden: EventDraft['tracewarden']): [string, string] {
  let before = ''
  let after = ''
  for (const name of Object.keys(tracewarden).sort()) {
    const value = tracewarden[name]
    if (value === undefined || name === 'chain') continue
    const text = `${JSON.stringify(name)}:${sortedJson(value)}`
    if (name < 'chain') before += `${text},`
    else after += `,${text}`
  }
  return [before, after]
}
