import type { Identity } from '../../gateway/port.ts'
import type { Alert, AlertStatus, AlertVerdict } from '../lifecycle/alert.ts'

/** The part of the alerts' life cycle that pages and API use. */
export interface AlertDesk {
  list(query: AlertQuery): Promise<{ alerts: readonly Alert[]; next?: string }>
  get(id: string): Promise<Alert | undefined>
  counts(): Promise<Readonly<Record<AlertStatus, number>>>
  acknowledge(id: string, by: Identity, via: 'console' | 'api'): Promise<Alert>
  investigate(id: string, by: Identity, via: 'console' | 'api'): Promise<Alert>
  close(
    id: string,
    by: Identity,
    via: 'console' | 'api',
    verdict: Exclude<AlertVerdict, 'none'>,
    reason: string,
  ): Promise<Alert>
}

export interface AlertQuery {
  status?: AlertStatus
  severity?: string
  detector?: string
  user?: string
  limit: number
  after?: string
}
