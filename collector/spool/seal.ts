import { hash, type KeyObject } from 'node:crypto'
import type { EventDraft, SessionEvent } from '../../core/event.ts'
import { hmacSha256 } from '../../core/hmac.ts'
import type { Random } from '../../core/random.ts'
import { type ChainHead, commitment, eventId, PERSONAL } from '../audit/chain.ts'
import { printer } from './printer.ts'

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

/** What is kept of a person's frozen `user`: the other two objects it was seen with, and what they blind to. */
interface Seen {
  source: unknown
  agent: unknown
  blinding: Blinding
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
  const seen = new WeakMap<object, Seen>()
  const blinds = new WeakMap<object, { commitments: unknown; text: string }>()
  const mac = hmacSha256(key)
  const print = printer()

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

  /** The doors freeze what all events of a session share, so that it is looked at once. */
  const blindingOf = (draft: EventDraft): Blinding => {
    const { source, user, user_agent: agent } = draft
    const before = user && seen.get(user)
    if (before && before.source === source && before.agent === agent) return before.blinding
    const made = blinding([source?.ip, user?.email, user?.name, agent?.original])
    const kept = (value: unknown) => value === undefined || print.keeps(value)
    if (print.keeps(user) && kept(source) && kept(agent)) seen.set(user, { source, agent, blinding: made })
    return made
  }

  const printBlinded = (name: string, value: object, commitments: Blinding['commitments']): string => {
    const before = blinds.get(value)
    if (before && before.commitments === commitments) return before.text
    const text = print(blinded(name, value, commitments))
    if (print.keeps(value)) blinds.set(value, { commitments, text })
    return text
  }

  return (draft, head, given) => {
    const sequence = head.sequence + 1
    const id = given ?? eventId(mac, head.chain, sequence, head.hash)
    const inner = { ...draft.event, id, sequence }
    delete inner.ingested
    const { salt, commitments } = blindingOf(draft)
    const event: SessionEvent = { ...draft, event: inner }
    const chain = JSON.stringify(head.chain)

    let line = ''
    let hashed = ''
    let rest = ''
    for (const name of inOrder(Object.keys(event))) {
      const value = event[name]
      if (value === undefined) continue
      const label = `${line ? ',' : '{'}${JSON.stringify(name)}:`
      if (name === 'tracewarden') {
        const [before, after] = aroundChain(draft.tracewarden, print)
        const open = `${label}{${before}"chain":{`
        hashed += `${open}"id":${chain},"prev":"${head.hash}"}${after}}`
        line += open
        rest = `${after}}`
        continue
      }
      const text = label + print(value)
      hashed +=
        (name === 'source' || name === 'user' || name === 'user_agent') && typeof value === 'object' && value
          ? label + printBlinded(name, value, commitments)
          : text
      if (rest) rest += text
      else line += text
    }
    const own = `sha256:${hash('sha256', `${hashed}}`, 'hex')}`
    event.tracewarden = {
      ...draft.tracewarden,
      chain: { id: head.chain, prev: head.hash, hash: own, ...(salt === undefined ? {} : { salt }) },
    }
    return {
      event,
      head: { chain: head.chain, sequence, hash: own },
      line: `${line}"hash":"${own}","id":${chain},"prev":"${head.hash}"${
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
function aroundChain(
  tracewarden: EventDraft['tracewarden'],
  print: (value: unknown) => string,
): [string, string] {
  let before = ''
  let after = ''
  for (const name of inOrder(Object.keys(tracewarden))) {
    const value = tracewarden[name]
    if (value === undefined || name === 'chain') continue
    const text = `${JSON.stringify(name)}:${print(value)}`
    if (name < 'chain') before += `${text},`
    else after += `,${text}`
  }
  return [before, after]
}

function inOrder(keys: string[]): string[] {
  for (let i = 1; i < keys.length; i++) if (keys[i - 1]! > keys[i]!) return keys.sort()
  return keys
}
