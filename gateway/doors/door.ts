import type { KeyObject } from 'node:crypto'
import type { Spool } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import type { Hmac } from '../../core/hmac.ts'
import type { Logger } from '../../core/log.ts'
import type { Random } from '../../core/random.ts'
import type { MasterKey } from '../../core/secrets.ts'
import type { Approvals } from '../approvals/approval.ts'
import type { ConnectionConfig, GatewayConfig } from '../config.ts'
import type { Decoys } from '../decoys/decoy.ts'
import type { IdentityService } from '../identity/identity.ts'
import type { Snapshot, Windows } from '../policy/policy.ts'
import type { Sessions } from '../sessions/tracker.ts'

/** What a door of any protocol needs from the other rooms. */
export interface DoorDeps {
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
  keys: MasterKey
  /** The detectors' risk of a `user.id`; 0 where unknown. */
  risk: (user: string) => number
}

/** A door that a connection's config opened. */
export interface OpenDoor {
  readonly connection: ConnectionConfig
  /** Opens the port. Rejects with node's error where it cannot (in use, not permitted). */
  listen(): Promise<{ address: string }>
  /** Called about every second. */
  sweep(): void
  /** Takes no new connections, lets what is under way end, cuts what has not ended after `deadlineMs`. */
  close(deadlineMs: number): Promise<void>
}

/** What inquiries ask their door for, whatever its protocol. */
export interface Desk extends DoorDeps {
  connection: { readonly name: string; readonly mode: 'enforce' | 'observe' }
  /** How long an inquiry may wait for an approval, ms. */
  hold: number
  /** Called with +1 and -1 as inquiries begin and end to wait for an approval. */
  held: (by: number) => void
  /** The decoys of a config, made once. */
  decoys: (config: GatewayConfig) => Decoys
  statementMac: Hmac
  logicalKey: KeyObject
}
