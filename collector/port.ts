/** The collector's outside: store, spool, blobs, and what moves events from one to the other. */
export { type ChainHead, chainHash, contentDigest, erasePersonal } from './audit/chain.ts'
export {
  type Checkpoint,
  type CheckpointFile,
  openCheckpoints,
  readCheckpoints,
  startCheckpoints,
} from './audit/checkpoints.ts'
export { applyRetention } from './audit/retention.ts'
export { type Problem, storedEvents, type Verification, verifyChains } from './audit/verify.ts'
export type { Blobs } from './blobs/blobs.ts'
export { openDirectoryBlobs } from './blobs/directory.ts'
export { blobErrors } from './blobs/errors.ts'
export {
  type RetentionConfig,
  retentionConfig,
  type SpoolConfig,
  type StoreConfig,
  spoolConfig,
  storeConfig,
} from './config.ts'
export { collectorErrors } from './errors.ts'
export { type ImportDeps, type Imported, importEvents } from './import/import.ts'
export { type CollectorMetrics, collectorMetrics } from './metrics.ts'
export { createShipper, type Shipper, type ShipperDeps } from './shipper/shipper.ts'
export { eventBatches, FORMATS, type FormatName, readEvents, type SourceLine } from './sources/events.ts'
export { AROUND, type Around, reconcile, type Watched } from './sources/reconcile.ts'
export { claimShipping, isWritten } from './spool/lock.ts'
export { openSpool, type SpoolDeps } from './spool/open.ts'
export type { Backlog, DamagedLine, Position, Spool, SpoolOutlet } from './spool/spool.ts'
export { spooledEvents } from './spool/spooled.ts'
export { openSpoolTail } from './spool/tail.ts'
export { openStore, type StoreDeps } from './store/open.ts'
export type {
  AggregateQuery,
  AggregateRow,
  AppendResult,
  Cursor,
  DocumentKind,
  DocumentQuery,
  Documents,
  EventQuery,
  PutOptions,
  Store,
  StoredDocument,
  Version,
} from './store/store.ts'
