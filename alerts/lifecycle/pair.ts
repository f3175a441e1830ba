import type { Alert, AlertVerdict, HistoryEntry, Via } from './alert.ts'

/**
 * What hides an alert and needs a second person (a verdict about one's own team, a suppression there):
 *
 *   proposed ─another person confirms─▶ done, in the name of both
 *       └─ declined, withdrawn, or the severity rose ─▶ forgotten
 *
 * Until then the alert stays as it was: open, and told.
 */
export type Proposal = {
  /** `user.id`. */
  by: string
  via: Exclude<Via, 'system'>
  at: string
  reason: string
} & (
  | { what: 'close'; verdict: Exclude<AlertVerdict, 'none'>; until?: string }
  | { what: 'suppress'; until: string }
)

/** `closed: benign`, `suppressed`: what would be done. */
export const proposed = (proposal: Proposal): string =>
  proposal.what === 'close' ? `closed: ${proposal.verdict}` : 'suppressed'

export function propose(alert: Alert, proposal: Proposal): Alert {
  const { by, via, at, reason } = proposal
  const entry: HistoryEntry = { at, by, via, change: `proposed: ${proposed(proposal)}`, reason }
  return { ...alert, proposal, history: [...alert.history, entry] }
}

/** Without the proposal, whatever became of it. */
export function forget(alert: Alert, entry: HistoryEntry): Alert {
  const { proposal: _, ...rest } = alert
  return { ...rest, history: [...alert.history, entry] }
}
