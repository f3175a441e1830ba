import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What the detectors count. Made once, by the daemon, in its registry. */
export function detectorsMetrics(registry: Registry) {
  const registers = [registry]
  return {
    events: new Counter({
      name: 'tracewarden_detectors_events_total',
      help: 'Events read, by what became of them: taken, repeated, late, anonymous, future, elsewhere (of users that another process looks after).',
      labelNames: ['result'],
      registers,
    }),
    findings: new Counter({
      name: 'tracewarden_detectors_findings_total',
      help: 'Findings written, first revisions and later ones alike, by where they go: alert, digest, shadow.',
      labelNames: ['detector', 'severity', 'notice'],
      registers,
    }),
    lag: new Gauge({
      name: 'tracewarden_detectors_lag_seconds',
      help: 'Age of the newest event judged.',
      registers,
    }),
    users: new Gauge({
      name: 'tracewarden_detectors_users',
      help: 'Users with a baseline.',
      registers,
    }),
    leading: new Gauge({
      name: 'tracewarden_detectors_leading',
      help: '1 in a process that detects, 0 in one that stands by.',
      registers,
    }),
    partitions: new Gauge({
      name: 'tracewarden_detectors_partitions',
      help: 'Partitions of users that this process detects for, of 32.',
      registers,
    }),
    untrusted: new Counter({
      name: 'tracewarden_detectors_untrusted_total',
      help: 'Baselines and cursors whose signature or version did not hold.',
      registers,
    }),
    checkpoint: new Histogram({
      name: 'tracewarden_detectors_checkpoint_seconds',
      help: 'Time to save the baselines that changed.',
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
      registers,
    }),
  }
}

export type DetectorsMetrics = ReturnType<typeof detectorsMetrics>
