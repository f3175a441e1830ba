import type { FastifyPluginAsync } from 'fastify'
import type { Spool, Store } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { MasterKey } from '../../core/secrets.ts'
import type {
  Approvals,
  DeviceProvider,
  Identity,
  IdentityService,
  RecordingSummary,
  ReviewView,
} from '../../gateway/port.ts'
import type { Alerts } from '../lifecycle/alerts.ts'

/** What the console stands on. It decides nothing itself: each action goes to the room that owns it. */
export interface ConsoleDeps {
  identity: IdentityService
  approvals: Approvals
  alerts: Alerts
  store: Store
  review: Review
  /** Whether a session was recorded, without opening it. */
  recording: (session: string) => Promise<RecordingSummary | undefined>
  /** Names of roles, from the policy in force. */
  access: () => {
    admins: readonly string[]
    auditors: readonly string[]
    breakGlass: readonly string[]
    policy: string
    version: number
  }
  /** Reviewer groups this person belongs to. */
  groupsOf: (identity: Identity) => readonly string[]
  detectors: () => readonly DetectorCard[]
  health: () => Promise<HealthReport>
  /** Pins a Slack user to the person who is signed in. Absent where Slack is not configured. */
  confirmSlack?: (code: string, identity: Identity) => Promise<{ team: string; user: string }>
  master: MasterKey
  clock: Clock
  log: Logger
  /** What `tracewarden login --server` is told. */
  deviceProviders: () => readonly DeviceProvider[]
  /** Sign-ins are put on record. */
  spool: Pick<Spool, 'append'>
  /** Most events a minute of sign-ins that failed. */
  failures: () => number
  /** Cookies carry Secure where people come by https. */
  secure: boolean
  /** `scheme://host[:port]` of the console as config says; otherwise it is what the browser asked for. */
  origin?: string
}

/** Opens a recording: decides, writes the review-replay event, then shows. */
export type Review = (input: { session: string; reader: Identity; reason: string }) => Promise<ReviewView>

export interface DetectorCard {
  name: string
  title: string
  technique: readonly string[]
  runbook: readonly string[]
  blindSpots: readonly string[]
}

export interface HealthReport {
  ready: boolean
  parts: readonly { name: string; ok: boolean; detail: string }[]
}

export type ConsolePlugin = FastifyPluginAsync
