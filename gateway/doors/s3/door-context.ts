import type { S3ConnectionConfig } from '../../config.ts'
import type { ResponseShape } from '../../masking/masker.ts'
import type { Desk, DoorDeps } from '../door.ts'
import type { Unauthenticated } from '../unauthenticated.ts'
import type { Backend } from './backend.ts'
import type { Copies } from './copies/copies.ts'
import type { Vault } from './copies/vault.ts'
import type { Downloads } from './downloads.ts'
import type { FormatRule } from './formats/sniff.ts'
import type { S3Metrics } from './metrics.ts'
import type { Seals } from './seals.ts'

export interface S3DoorDeps extends DoorDeps {
  metrics: S3Metrics
  /** A directory of this process for masked copies and uploads, encrypted; what is in it is removed. */
  copies: string
}

/** How objects of some keys are read. */
export interface Reading {
  rule: FormatRule | undefined
  shape: ResponseShape
}

/** One open door: its connection and everything that is made once for it. */
export interface Door extends Omit<S3DoorDeps, 'copies'>, Desk {
  connection: S3ConnectionConfig
  backend: Backend
  vault: Vault
  copies: Copies
  downloads: Downloads
  seals: Seals
  /** Whether a bucket is behind this door. */
  offers: (bucket: string) => boolean
  /** The first rule of `formats` whose keys match. */
  readingOf: (bucket: string, key: string) => Reading
  unauthenticated: Unauthenticated
}
