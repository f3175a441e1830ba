/** Evidence that detectors add, as an analyst reads it; what is not listed shows under its own name. */
const NAMES: Readonly<Record<string, string>> = {
  after: 'Just after',
  after_refusal: 'After a refusal',
  before: 'Just before',
  benign: 'Would be benign',
  above: 'Members above their usual',
  burst: 'Busy together',
  bypass: 'Attempted technique',
  collections: 'Collections',
  contributors: 'Most unlike the user',
  days: 'Days of the stretch',
  detectors: 'Found by',
  deviations: 'Deviations from the usual',
  explained: 'Explained by it',
  factor: 'Times the usual',
  first: 'Weight of the first step',
  grade: 'Intent, 1 (a guess) to 10 (done)',
  holiday: 'Holiday',
  hours: 'Hours',
  level: 'Times the usual',
  members: 'Members compared with',
  mostly: 'Mostly',
  oldest_days: 'Oldest, days',
  outliers: 'Beyond it',
  other_aborts: 'Broken off without a sensitive field',
  period: 'Known period',
  reads: 'Reads',
  refused: 'Refused',
  repeated: 'Asked again for the same',
  rule: 'Rule',
  sensitive_ends: 'Sessions that showed a sensitive field',
  session: 'Session',
  shortest_ms: 'Soonest after the display, ms',
  steady_percent: 'Pauses alike, %',
  together: 'Said together with',
  traces: 'Traces',
  usual_days: 'Usual age, days',
  usual_high_days: 'Usual age up to, days',
}

export const evidenceName = (name: string): string => NAMES[name] ?? name.replaceAll('_', ' ')

/** Where MITRE describes a technique; `T1567.002` has a page of its own below T1567. Undefined: no such id. */
export const techniqueUrl = (id: string): string | undefined =>
  /^T\d{4}(\.\d{3})?$/.test(id) ? `https://attack.mitre.org/techniques/${id.replace('.', '/')}/` : undefined
