import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What the collector counts. Made once, by the daemon, in its registry. */
export function collectorMetrics(registry: Registry) {
  const registers = [registry]
  return {
    spoolEvents: new Counter({
      name: 'tracewarden_spool_events_total',
      help: 'Events written to the spool.',
      registers,
    }),
    spoolFailures: new Counter({
      name: 'tracewarden_spool_failures_total',
      help: 'Appends refused, by error code.',
      labelNames: ['code'],
      registers,
    }),
    spoolBacklog: new Gauge({
      name: 'tracewarden_spool_backlog_bytes',
      help: 'Bytes that the store has not taken.',
      registers,
    }),
    spoolSync: new Histogram({
      name: 'tracewarden_spool_sync_seconds',
      help: 'Time of one group sync.',
      buckets: [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 1],
      registers,
    }),
    shipped: new Counter({
      name: 'tracewarden_shipper_events_total',
      help: 'Events taken out of the spool, by result: created, duplicate, tampered, rejected, damaged.',
      labelNames: ['status'],
      registers,
    }),
    shipRetries: new Counter({
      name: 'tracewarden_shipper_retries_total',
      help: 'Batches tried again because the store did not answer.',
      registers,
    }),
    shipDelay: new Histogram({
      name: 'tracewarden_shipper_delay_seconds',
      help: 'From @timestamp to the store’s answer.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3600],
      registers,
    }),
  }
}

export type CollectorMetrics = ReturnType<typeof collectorMetrics>
