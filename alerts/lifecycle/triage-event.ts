import { type Clock, iso } from '../../core/clock.ts'
import type { EventDraft } from '../../core/event.ts'
import type { Identity } from '../../gateway/port.ts'
import type { Alert, Via } from './alert.ts'

/** What somebody did, or tried: about an alert, or about what is kept of several. */
export interface Step {
  alert?: Alert
  /** Of the alert or suppression, where the alert is not at hand. */
  id?: string
  /** Whom it concerns, where there is no alert. */
  user?: string
  detector?: string
  change: string
  via: Via
}

/** The `alert-triage` event of a step, taken or refused: who, about which alert, what. Reasons stay in the history. */
export function triageEvent(clock: Clock, by: Identity, about: Step & { refused?: string }): EventDraft {
  const { person, credential } = by
  const user = about.alert?.user?.id ?? about.user
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
        detector: about.alert?.detector ?? about.detector,
        ...(user !== undefined && { user }),
        change: about.change,
        via: about.via,
        ...(about.alert && { verdict: about.alert.verdict }),
      },
    },
  }
}
