import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What the S3 doors count, made once a registry and shared by all doors. */
export interface S3Metrics {
  requests: Counter<'connection' | 'operation' | 'verdict' | 'outcome'>
  duration: Histogram<'connection'>
  bytes: Counter<'connection'>
  held: Gauge<'connection'>
  copies: Counter<'connection' | 'outcome'>
  unauthenticated: Counter<'connection'>
}

export function createS3Metrics(registry: Registry): S3Metrics {
  const registers = [registry]
  return {
    requests: new Counter({
      name: 'tracewarden_s3_requests_total',
      help: 'Requests by connection, operation, verdict (allow, mask, approval, block, none) and outcome.',
      labelNames: ['connection', 'operation', 'verdict', 'outcome'],
      registers,
    }),
    duration: new Histogram({
      name: 'tracewarden_s3_request_seconds',
      help: 'From the request’s head to the release of its last byte.',
      labelNames: ['connection'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120],
      registers,
    }),
    bytes: new Counter({
      name: 'tracewarden_s3_released_bytes_total',
      help: 'Bytes of objects released to clients.',
      labelNames: ['connection'],
      registers,
    }),
    held: new Gauge({
      name: 'tracewarden_s3_held_requests',
      help: 'Requests that wait for an approval now.',
      labelNames: ['connection'],
      registers,
    }),
    copies: new Counter({
      name: 'tracewarden_s3_copies_total',
      help: 'Masked copies by connection and outcome (made, refused).',
      labelNames: ['connection', 'outcome'],
      registers,
    }),
    unauthenticated: new Counter({
      name: 'tracewarden_s3_unauthenticated_total',
      help: 'Requests without a valid signature.',
      labelNames: ['connection'],
      registers,
    }),
  }
}
