import { hash, type KeyObject } from 'node:crypto'
import { inOrder, quoted } from '../../core/canonical.ts'
import type { EventDraft, SessionEvent } from '../../core/event.ts'
import { hmacSha256 } from '../../core/hmac.ts'
import type { Random } from '../../core/random.ts'
import { type ChainHead, commitment, eventId, PERSONAL } from '../audit/chain.ts'
import { printer } from './printer.ts'
import type { Appended } from './spool.ts'

/** A draft with its place in the chain, and its line (canonical JSON, no newline). */
export class Sealed implements Appended {
  readonly line: string
  readonly head: ChainHead

  constructor(line: string, head: ChainHead) {
    this.line = line
    this.head = head
  }

  get event(): SessionEvent {
    return JSON.parse(this.line)
  }
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
const CHAIN = ['chain']
/** To `event`; the time of ingest is the store's. */
const ADDED = ['id', 'ingested', 'sequence']

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

  const printNumbered = (event: EventDraft['event'], id: string, sequence: number): string => {
    const [first, second, third, fourth] = print.between(event, ADDED)
    const numbers = `"id":${quoted(id)},${second}${second && ','}${third}${third && ','}"sequence":${sequence}`
    return `{${first}${first && ','}${numbers}${fourth && ','}${fourth}}`
  }

  return (draft, head, given) => {
    const sequence = head.sequence + 1
    const id = given ?? eventId(mac, head.chain, sequence, head.hash)
    const { salt, commitments } = blindingOf(draft)
    const chain = quoted(head.chain)
    const link = `"id":${chain},"prev":"${head.hash}"`

    let line = '{'
    let hashed = '{'
    /** What stands in the line behind the chain's own hash, which is over all the rest. */
    let behind: string | undefined
    for (const name of inOrder(Object.keys(draft))) {
      const value = draft[name]
      if (value === undefined) continue
      const label = `${hashed === '{' ? '' : ','}${quoted(name)}:`
      if (name === 'tracewarden') {
        const [before, after] = print.between(draft.tracewarden, CHAIN)
        const open = `${label}{${before}${before && ','}"chain":{`
        const close = `}${after && ','}${after}}`
        line += open
        hashed += `${open}${link}${close}`
        behind = close
        continue
      }
      const text = label + (name === 'event' ? printNumbered(draft.event, id, sequence) : print(value))
      const personal = name === 'source' || name === 'user' || name === 'user_agent'
      hashed +=
        personal && typeof value === 'object' && value ? label + printBlinded(name, value, commitments) : text
      if (behind === undefined) line += text
      else behind += text
    }
    const own = `sha256:${hash('sha256', `${hashed}}`, 'hex')}`
    const salted = salt === undefined ? '' : `,"salt":"${salt}"`
    return new Sealed(`${line}"hash":"${own}",${link}${salted}${behind ?? ''}}`, {
      chain: head.chain,
      sequence,
      hash: own,
    })
  }
}

function blinded(name: string, value: unknown, commitments: Readonly<Record<string, string>>): unknown {
  const out: Record<string, unknown> = { ...(value as Record<string, unknown>) }
  for (const [object, field] of PERSONAL)
    if (object === name && commitments[`${object}.${field}`] !== undefined)
      out[field] = commitments[`${object}.${field}`]
  return out
}
