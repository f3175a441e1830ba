import { createHash } from 'node:crypto'
import type { Documents } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { EventDraft } from '../../core/event.ts'
import type { Random } from '../../core/random.ts'
import type { KeyRing } from '../../core/signing.ts'
import type { Identity } from '../../gateway/port.ts'
import { fail } from '../errors.ts'
import { isConflict } from '../lifecycle/conflict.ts'

/**
 * A Slack user (workspace id and user id) is *pinned* to a person by a code: Tracewarden shows it to that Slack user
 * alone, and the person enters it while signed in on the console. Neither an e-mail nor a display name counts.
 * Both the pending enrolment and the pin are signed, so that whoever writes to the store cannot pin anybody.
 */
export interface SlackUser {
  team: string
  user: string
}

export interface Pin extends SlackUser {
  /** `<issuer>#<subject>`. */
  person: string
  /** `user.id`. */
  name: string
  confirmed: string
}

interface Pending extends SlackUser {
  expires: string
}

export interface Enrolments {
  /** A code for this Slack user, good once, for ten minutes. An older one ends. */
  start(slack: SlackUser): Promise<{ code: string; url: string; expires: string }>
  /** Pins the Slack user of the code to who is signed in. @throws TW_ENROLMENT_UNKNOWN, TW_ENROLMENT_SERVICE */
  confirm(code: string, identity: Identity): Promise<{ team: string; user: string }>
  pinOf(slack: SlackUser): Promise<Pin | undefined>
  /** Pins of a person, or of all; newest first, at most 500. */
  list(person?: string): Promise<Pin[]>
  remove(slack: SlackUser): Promise<void>
}

const LIFE = 10 * 60_000
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 16

export function createEnrolments(deps: {
  documents: Documents
  keyRing: KeyRing
  clock: Clock
  random: Random
  emit: (draft: EventDraft) => Promise<void>
  /** Base URL of the console. */
  consoleUrl: string
}): Enrolments {
  const { documents, keyRing, clock } = deps
  const pinId = ({ team, user }: SlackUser) => `${team}.${user}`
  const codeId = (code: string) => createHash('sha256').update(`enrolment ${code}`).digest('hex')

  return {
    async start({ team, user }) {
      const slack = pinId({ team, user })
      const older = await documents.list<unknown>('enrolment', { keys: { slack }, limit: 20 })
      for (const { id } of older.documents) await documents.remove('enrolment', id, 'any')
      const bytes = deps.random.bytes(LENGTH)
      const code = Array.from({ length: LENGTH }, (_, i) => ALPHABET[bytes[i]! & 31]).join('')
      const now = clock.now()
      const pending: Pending = { team, user, expires: iso(now + LIFE) }
      const id = codeId(code)
      await documents.put('enrolment', id, keyRing.sign('enrolment', id, pending), {
        expect: 'absent',
        keys: { slack },
        at: iso(now),
      })
      const url = `${deps.consoleUrl}/health`
      return { code: code.replace(/(.{4})(?=.)/g, '$1-'), url, expires: pending.expires }
    },
    async confirm(code, identity) {
      if (identity.person.kind !== 'human') throw fail('TW_ENROLMENT_SERVICE')
      const letters = code.toUpperCase().replace(/[^0-9A-Z]/g, '')
      const id = codeId(letters)
      const stored = letters.length === LENGTH ? await documents.get<unknown>('enrolment', id) : undefined
      const pending = stored && keyRing.open<Pending>('enrolment', id, stored.body)
      if (!stored || !pending || Date.parse(pending.expires) <= clock.now())
        throw fail('TW_ENROLMENT_UNKNOWN')
      try {
        // Removing it by version is what uses it up: of two at once, one pins.
        await documents.remove('enrolment', id, stored.version)
      } catch (error) {
        if (isConflict(error)) throw fail('TW_ENROLMENT_UNKNOWN')
        throw error
      }
      const { person, credential } = identity
      const { team, user } = pending
      const at = iso(clock.now())
      const pin: Pin = { team, user, person: person.id, name: person.user, confirmed: at }
      await documents.put('slack-user', pinId(pin), keyRing.sign('slack-user', pinId(pin), pin), {
        expect: 'any',
        keys: { person: person.id },
        at,
      })
      await deps.emit({
        '@timestamp': at,
        event: {
          kind: 'event',
          category: ['iam'],
          type: ['creation'],
          action: 'token-create',
          outcome: 'success',
          reason: 'slack user pinned',
        },
        user: { id: person.user, roles: [...person.roles] },
        tracewarden: {
          person: { id: person.id, kind: person.kind, credential: credential.id },
          session: { id: `enrolment:${id.slice(0, 16)}` },
          slack: { team, user },
        },
      })
      return { team, user }
    },
    async pinOf(slack) {
      const id = pinId(slack)
      const stored = await documents.get<unknown>('slack-user', id)
      const pin = stored && keyRing.open<Pin>('slack-user', id, stored.body)
      return pin && pin.team === slack.team && pin.user === slack.user ? pin : undefined
    },
    async list(person) {
      const page = await documents.list<unknown>('slack-user', {
        ...(person !== undefined && { keys: { person } }),
        limit: 500,
      })
      return page.documents.flatMap(({ id, body }) => keyRing.open<Pin>('slack-user', id, body) ?? [])
    },
    async remove(slack) {
      await documents.remove('slack-user', pinId(slack), 'any')
    },
  }
}
