import type { HttpConnectionConfig } from '../../config.ts'
import type { Desk, DoorDeps } from '../door.ts'
import type { Unauthenticated } from '../unauthenticated.ts'
import type { Backend } from './backend.ts'
import type { ProfileDecoys } from './decoys/planting.ts'
import type { HttpMetrics } from './metrics.ts'
import type { RouteTable } from './routes.ts'

export interface HttpDoorDeps extends DoorDeps {
  metrics: HttpMetrics
}

/** One open door: its connection and everything that is made once for it. */
export interface Door extends HttpDoorDeps, Desk {
  connection: HttpConnectionConfig
  routes: RouteTable
  /** What the profile knows of decoys. */
  planting: ProfileDecoys | undefined
  backend: Backend
  /** The connection's own headers, lower-case: the gateway's credential for the store. */
  backendHeaders: Readonly<Record<string, string>>
  unauthenticated: Unauthenticated
  /** Whether browsers reach this door by https, and what their session cookie is called then. */
  secure: boolean
  cookie: string
}
