/** The collector's outside: store, spool, blobs, and what moves events from one to the other. */
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
export { type CollectorMetrics, collectorMetrics } from './metrics.ts'
export { openSpool, type SpoolDeps } from './spool/open.ts'
export type { Backlog, DamagedLine, Position, Spool, SpoolOutlet } from './spool/spool.ts'
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
