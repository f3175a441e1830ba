import type { KeyObject } from 'node:crypto'
import type { Spool } from '../../../collector/port.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Hmac } from '../../../core/hmac.ts'
import type { Logger } from '../../../core/log.ts'
import type { Random } from '../../../core/random.ts'
import type { MasterKey } from '../../../core/secrets.ts'
import type { Approvals } from '../../approvals/approval.ts'
import type { ConnectionConfig } from '../../config.ts'
import type { IdentityService } from '../../identity/identity.ts'
import type { Snapshot, Windows } from '../../policy/policy.ts'
import type { Sessions } from '../../sessions/tracker.ts'
import type { Backend } from './backend.ts'
import type { HttpMetrics } from './metrics.ts'
import type { RouteTable } from './routes.ts'
import type { Unauthenticated } from './unauthenticated.ts'

/** What an http door needs from the other rooms. */
export interface HttpDoorDeps {
  /** The policy in force; asked anew for every request and every segment. */
  snapshot: () => Snapshot
  identity: IdentityService
  approvals: Approvals
  windows: Windows
  spool: Spool
  sessions: Sessions
  clock: Clock
  random: Random
  log: Logger
  metrics: HttpMetrics
  keys: MasterKey
  /** The detectors' risk of a `user.id`; 0 where unknown. */
  risk: (user: string) => number
}

/** One open door: its connection and everything that is made once for it. */
export interface Door extends HttpDoorDeps {
  connection: ConnectionConfig
  routes: RouteTable
  backend: Backend
  /** The connection's own headers, lower-case: the gateway's credential for the store. */
  backendHeaders: Readonly<Record<string, string>>
  unauthenticated: Unauthenticated
  /** How long a request may wait for an approval, ms. */
  hold: number
  statementMac: Hmac
  logicalKey: KeyObject
}
