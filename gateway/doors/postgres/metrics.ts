import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What the PostgreSQL doors count, made once a registry and shared by all doors. */
export interface PostgresMetrics {
  connections: Gauge<'connection'>
  attached: Gauge<'connection'>
  statements: Counter<'connection' | 'verdict' | 'outcome'>
  duration: Histogram<'connection'>
  rows: Counter<'connection'>
  bytes: Counter<'connection'>
  held: Gauge<'connection'>
  unauthenticated: Counter<'connection'>
}

export function createPostgresMetrics(registry: Registry): PostgresMetrics {
  const registers = [registry]
  return {
    connections: new Gauge({
      name: 'tracewarden_postgres_connections',
      help: 'Clients connected and signed in.',
      labelNames: ['connection'],
      registers,
    }),
    attached: new Gauge({
      name: 'tracewarden_postgres_backend_sessions',
      help: 'Sessions open at the database, without the gateway’s own.',
      labelNames: ['connection'],
      registers,
    }),
    statements: new Counter({
      name: 'tracewarden_postgres_statements_total',
      help: 'Statements by connection, verdict (allow, mask, approval, block, none) and outcome.',
      labelNames: ['connection', 'verdict', 'outcome'],
      registers,
    }),
    duration: new Histogram({
      name: 'tracewarden_postgres_statement_seconds',
      help: 'From the statement’s arrival to the release of its last row.',
      labelNames: ['connection'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120],
      registers,
    }),
    rows: new Counter({
      name: 'tracewarden_postgres_released_rows_total',
      help: 'Rows released to clients.',
      labelNames: ['connection'],
      registers,
    }),
    bytes: new Counter({
      name: 'tracewarden_postgres_released_bytes_total',
      help: 'Bytes of answers released to clients.',
      labelNames: ['connection'],
      registers,
    }),
    held: new Gauge({
      name: 'tracewarden_postgres_held_statements',
      help: 'Statements that wait for an approval now.',
      labelNames: ['connection'],
      registers,
    }),
    unauthenticated: new Counter({
      name: 'tracewarden_postgres_unauthenticated_total',
      help: 'Connections without a valid identity.',
      labelNames: ['connection'],
      registers,
    }),
  }
}
