import type { Finding } from '../../detectors/port.ts'

/** open ─▶ acknowledged ─▶ investigating ─▶ closed with a verdict; a later revision that is more severe re-opens. */
export type AlertStatus = 'open' | 'acknowledged' | 'investigating' | 'closed'
export type AlertVerdict = 'none' | 'true-positive' | 'false-positive' | 'benign'

export interface Alert extends Finding {
  status: AlertStatus
  assignee?: string
  history: readonly {
    at: string
    by: string
    via: 'slack' | 'console' | 'api' | 'system'
    change: string
    reason?: string
  }[]
  suppression: { by: string; reason: string; until: string } | null
  verdict: AlertVerdict
}
