import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What the http doors count, made once a registry and shared by all doors. */
export interface HttpMetrics {
  requests: Counter<'connection' | 'verdict' | 'outcome'>
  duration: Histogram<'connection'>
  bytes: Counter<'connection'>
  held: Gauge<'connection'>
  sessions: Gauge<'connection'>
  unauthenticated: Counter<'connection'>
}

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const registers = [registry]
  return {
    requests: new Counter({
      name: 'tracewarden_http_requests_total',
      help: 'Requests by connection, verdict (allow, mask, approval, block, none) and outcome.',
      labelNames: ['connection', 'verdict', 'outcome'],
      registers,
    }),
    duration: new Histogram({
      name: 'tracewarden_http_request_seconds',
      help: 'From the request’s head to the release of its last byte.',
      labelNames: ['connection'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120],
      registers,
    }),
    bytes: new Counter({
      name: 'tracewarden_http_released_bytes_total',
      help: 'Body bytes released to clients.',
      labelNames: ['connection'],
      registers,
    }),
    held: new Gauge({
      name: 'tracewarden_http_held_requests',
      help: 'Requests that wait for an approval now.',
      labelNames: ['connection'],
      registers,
    }),
    sessions: new Gauge({
      name: 'tracewarden_sessions_active',
      help: 'Sessions that have begun and not ended.',
      labelNames: ['connection'],
      registers,
    }),
    unauthenticated: new Counter({
      name: 'tracewarden_http_unauthenticated_total',
      help: 'Requests without a valid identity.',
      labelNames: ['connection'],
      registers,
    }),
  }
}
