import { type Clock, iso } from '../../core/clock.ts'
import type { EventDraft } from '../../core/event.ts'
import type { Identity } from '../../gateway/port.ts'
import type { Alert, Via } from './alert.ts'

/** The `alert-triage` event of a step, taken or refused: who, about which alert, what. Reasons stay in the history. */
export function triageEvent(
  clock: Clock,
  by: Identity,
  about: { alert?: Alert; id?: string; detector: string; change: string; via: Via; refused?: string },
): EventDraft {
  const { person, credential } = by
  return {
    '@timestamp': iso(clock.now()),
    event: {
      kind: 'event',
      category: ['configuration'],
      type: ['change'],
      action: 'alert-triage',
      outcome: about.refused === undefined ? 'success' : 'failure',
      reason: about.refused ?? about.change,
    },
    user: {
      id: person.user,
      ...(person.email !== undefined && { email: person.email }),
      ...(person.name !== undefined && { name: person.name }),
      roles: [...person.roles],
      ...(person.team !== undefined && { group: { name: person.team } }),
    },
    tracewarden: {
      person: { id: person.id, kind: person.kind, credential: credential.id },
      session: { id: `triage:${credential.id}` },
      alert: {
        id: about.alert?.id ?? about.id,
        detector: about.detector,
        ...(about.alert?.user && { user: about.alert.user.id }),
        change: about.change,
        via: about.via,
        ...(about.alert && { verdict: about.alert.verdict }),
      },
    },
  }
}
