import { type Clock, iso } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import type { EventDraft } from '../../core/event.ts'
import type { Identity } from '../identity/person.ts'
import { fail } from './errors.ts'
import type { Recorder, Recording } from './recording.ts'
import { type BodyKind, type Remask, type ReplayStep, replay } from './replay.ts'

/** A recording somebody else looks at is an access like any other: who, whose, why; decided, told, masked again. */
export interface ReviewInput {
  session: string
  reader: Identity
  /** 3 to 500 characters. */
  reason: string
}

export interface ReviewDeps {
  recorder: Recorder
  clock: Clock
  /** Roles that may open recordings: policy.auditors. */
  auditors: readonly string[]
  /** Why this user may not act now: IdentityService.refusal. */
  refusal: (user: string) => CodedError | undefined
  /** Resolves when the event is on disk. */
  emit: (draft: EventDraft) => Promise<void>
  /** The content rules of now, over what the rules of then let through. */
  remask: (kind: BodyKind) => Remask
}

export type ReviewView = Omit<Recording, 'frames'> & { session: string; steps: AsyncIterable<ReplayStep> }

/**
 * Decides, writes the `review-replay` event, and only then gives what there is to show. A refusal is an event too.
 * @throws TW_RECORDING_ROLE, TW_RECORDING_OWN, TW_RECORDING_REASON, TW_RECORDING_NONE, TW_AUTH_SUSPENDED…
 */
export async function openForReview(input: ReviewInput, deps: ReviewDeps): Promise<ReviewView> {
  let view: Awaited<ReturnType<typeof replay>> | undefined
  try {
    mayReview(input, deps)
    view = await replay(deps.recorder, input.session, deps.remask)
    if (view.person === input.reader.person.id) throw fail('TW_RECORDING_OWN')
  } catch (error) {
    await view?.close()
    const reason = error instanceof CodedError ? error.message : 'The recording could not be opened.'
    await deps.emit(reviewEvent(input, deps.clock, { outcome: 'failure', reason }))
    throw error
  }
  const whose = { user: view.user, person: view.person }
  try {
    await deps.emit(
      reviewEvent(input, deps.clock, { outcome: 'success', reason: input.reason.trim(), whose }),
    )
  } catch (error) {
    await view.close()
    throw error
  }
  return { session: input.session, ...view }
}

function mayReview({ reader, reason }: ReviewInput, { auditors, refusal }: ReviewDeps): void {
  const refused = refusal(reader.person.user)
  if (refused) throw refused
  if (!reader.person.roles.some((role) => auditors.includes(role)))
    throw fail('TW_RECORDING_ROLE', { roles: auditors.join(', ') })
  const length = reason.trim().length
  if (length < 3 || length > 500) throw fail('TW_RECORDING_REASON')
}

/** `user` is the reader; whose recording it was stands under `tracewarden.target`. */
function reviewEvent(
  { session, reader }: ReviewInput,
  clock: Clock,
  act: { outcome: 'success' | 'failure'; reason: string; whose?: { user: string; person: string } },
): EventDraft {
  const { person, credential, actor } = reader
  return {
    '@timestamp': iso(clock.now()),
    event: {
      kind: 'event',
      category: ['database'],
      type: ['access'],
      action: 'review-replay',
      outcome: act.outcome,
      reason: act.reason,
    },
    user: {
      id: person.user,
      roles: [...person.roles],
      ...(person.email === undefined ? {} : { email: person.email }),
      ...(person.name === undefined ? {} : { name: person.name }),
      ...(person.team === undefined ? {} : { group: { name: person.team } }),
    },
    tracewarden: {
      person: {
        id: person.id,
        kind: person.kind,
        credential: credential.id,
        ...(person.timezone === undefined ? {} : { timezone: person.timezone }),
        ...(actor === undefined ? {} : { actor }),
      },
      session: { id: `review:${credential.id}` },
      connection: { name: 'recordings', protocol: 'console' },
      target: { session, ...act.whose },
    },
  }
}
