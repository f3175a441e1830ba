/**
 * What MLflow's filters call a field → where the answer has it. Anything not named here is content: its path is under
 * `spans`, where nothing a filter can name is structural.
 */
const ATTRIBUTES = new Map([
  ['request_id', 'trace_id'],
  ['trace_id', 'trace_id'],
  ['timestamp', 'request_time'],
  ['timestamp_ms', 'request_time'],
  ['end_time', 'request_time'],
  ['end_time_ms', 'request_time'],
  ['execution_time', 'execution_duration'],
  ['execution_time_ms', 'execution_duration'],
  ['status', 'state'],
  ['state', 'state'],
  ['experiment_id', 'trace_location.mlflow_experiment.experiment_id'],
  ['client_request_id', 'client_request_id'],
  ['name', 'tags.mlflow.traceName'],
  ['prompt', 'tags.mlflow.linkedPrompts'],
  ['run_id', 'trace_metadata.mlflow.sourceRun'],
])
const SPAN = new Map([
  ['type', 'attributes.mlflow.spanType'],
  ['status', 'status.code'],
])

/** `tags.team` → `traces.*.tags.team`. Case of the first part does not matter to the store either. */
export function traceField(identifier: string): string {
  const dot = identifier.indexOf('.')
  const scope = dot < 0 ? 'attribute' : identifier.slice(0, dot).toLowerCase()
  const key = identifier.slice(dot + 1)
  switch (scope) {
    case 'attribute':
    case 'attributes':
    case 'trace': {
      const known = ATTRIBUTES.get(key.toLowerCase())
      return known ? `traces.*.${known}` : `traces.*.spans.*.${key}`
    }
    case 'tag':
    case 'tags':
      return `traces.*.tags.${key}`
    case 'metadata':
    case 'request_metadata':
      return `traces.*.trace_metadata.${key}`
    case 'feedback':
    case 'expectation':
      return `traces.*.assessments.*.${key}`
    case 'span':
      return `traces.*.spans.*.${SPAN.get(key.toLowerCase()) ?? key}`
    default:
      return `traces.*.spans.*.${identifier}`
  }
}

/** Dimensions and filters of trace metrics: `trace_status`, `trace.tag.team`, `span.name`, `assessment.value`. */
export function metricField(identifier: string): string {
  const [scope, entity = '', ...rest] = identifier.replace(/^(trace|span|assessment)_/, '$1.').split('.')
  const key = rest.join('.')
  if (scope === 'trace') {
    if (entity === 'tag') return `traces.*.tags.${key}`
    if (entity === 'metadata') return `traces.*.trace_metadata.${key}`
    return traceField(`trace.${entity}`)
  }
  if (scope === 'span') return traceField(`span.${entity}${key ? `.${key}` : ''}`)
  if (scope === 'assessment') return `traces.*.assessments.*.${entity}`
  return `traces.*.spans.*.${identifier}`
}

/** Runs, experiments, models and data sets are not traces; their filters test their own fields. */
export const plainField = (identifier: string): string => identifier
