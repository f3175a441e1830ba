import type { ResponseShape } from '../../../../masking/masker.ts'
import type { RouteResponse } from '../../profile.ts'

/**
 * Where MLflow's answers keep what is not content. Names (of traces, spans, tags, users), previews and metadata values
 * are content; what stands here are ids, times, durations, states, sizes and where the store keeps the spans (its
 * client cannot find them otherwise).
 */
const INFO = [
  'trace_id',
  'request_id',
  'experiment_id',
  'trace_location.**',
  'request_time',
  'timestamp_ms',
  'execution_duration',
  'execution_time_ms',
  'state',
  'status',
  'assessments.*.assessment_id',
  'assessments.*.trace_id',
  'assessments.*.span_id',
  'assessments.*.create_time',
  'assessments.*.last_update_time',
  'assessments.*.valid',
  'tags.mlflow.artifactLocation',
  'tags.mlflow.trace.spansLocation',
  ...['trace_metadata', 'request_metadata'].flatMap((name) => [
    `${name}.mlflow.trace_schema.version`,
    `${name}.mlflow.trace.infoFinalized`,
    `${name}.mlflow.trace.sizeBytes`,
    `${name}.mlflow.trace.sizeStats`,
    `${name}.mlflow.trace.sizeStats.**`,
    `${name}.mlflow.trace.tokenUsage`,
    `${name}.mlflow.trace.tokenUsage.**`,
    `${name}.mlflow.trace.cost`,
    `${name}.mlflow.trace.cost.**`,
    `${name}.mlflow.sourceRun`,
    `${name}.mlflow.source.type`,
  ]),
]
const SPAN = [
  'trace_id',
  'span_id',
  'parent_span_id',
  'start_time_unix_nano',
  'end_time_unix_nano',
  'status.code',
  'flags',
  'trace_state',
  'attributes.mlflow.traceRequestId',
  'attributes.mlflow.spanType',
  'attributes.mlflow.spanLogLevel',
  'events.*.time_unix_nano',
]
const under = (prefix: string, names: readonly string[]) => names.map((name) => `${prefix}.${name}`)

/** What filters may test and sort by; the same in every answer, so that the decision is. */
const TESTABLE = [...under('traces.*', INFO), ...under('traces.*.spans.*', SPAN)]
const ERROR = ['error_code']

const shape = (parts: Partial<ResponseShape>): ResponseShape => ({
  traceId: [],
  time: [],
  record: [],
  ...parts,
  structural: [...ERROR, ...TESTABLE, ...(parts.structural ?? [])],
})
const json = (listing: boolean, parts: Partial<ResponseShape>): RouteResponse => ({
  kind: 'json',
  listing,
  shape: shape(parts),
})

/** `{traces:[info]}`, 3.0 and 2.0: previews and metadata, so a listing. */
export const traceList = json(true, {
  traceId: ['traces.*.trace_id', 'traces.*.request_id'],
  time: ['traces.*.request_time', 'traces.*.timestamp_ms'],
  timeUnit: 'ms',
  record: ['traces.*'],
  structural: ['next_page_token'],
})
export const infoList = json(true, {
  traceId: ['trace_infos.*.trace_id'],
  time: ['trace_infos.*.request_time'],
  record: ['trace_infos.*'],
  structural: under('trace_infos.*', INFO),
})
/** One trace's info: `{trace:{trace_info}}` (3.0), `{trace_info}` (2.0). */
export const traceInfo = json(false, {
  traceId: ['trace.trace_info.trace_id', 'trace_info.request_id', 'trace_info.trace_id'],
  time: ['trace.trace_info.request_time', 'trace_info.timestamp_ms', 'trace_info.request_time'],
  timeUnit: 'ms',
  structural: [...under('trace.trace_info', INFO), ...under('trace_info', INFO)],
})
/** Whole traces with OTLP spans. A span's own `trace_id` is the same trace under another name: not counted. */
export const wholeTraces = json(false, {
  traceId: ['traces.*.trace_info.trace_id'],
  time: ['traces.*.trace_info.request_time'],
  record: ['traces.*.spans.*'],
  structural: under('traces.*.trace_info', INFO),
})
export const wholeTrace = json(false, {
  traceId: ['trace.trace_info.trace_id'],
  time: ['trace.trace_info.request_time'],
  record: ['trace.spans.*'],
  structural: [...under('trace.trace_info', INFO), ...under('trace.spans.*', SPAN)],
})
/** The artifact names its trace only in the request; every attribute is JSON in a string. */
export const traceArtifact = json(false, {
  time: ['spans.*.start_time_unix_nano'],
  timeUnit: 'ns',
  record: ['spans.*'],
  structural: under('spans.*', SPAN),
})
/** Sums over traces: numbers, and dimensions that are content where they name content. */
export const metrics = json(true, {
  structural: [
    'data_points.*.metric_name',
    'data_points.*.values.**',
    'data_points.*.dimensions.trace_status',
    'data_points.*.dimensions.span_type',
    'data_points.*.dimensions.span_status',
    'data_points.*.dimensions.time_bucket',
    'next_page_token',
  ],
})
export const correlation = json(true, { structural: ['*'] })
/** Copies of trace content: each record counts as a trace. */
export const datasetRecords = json(false, {
  traceId: ['records.*.dataset_record_id'],
  time: ['records.*.created_time'],
  timeUnit: 'ms',
  record: ['records.*'],
  structural: [
    'records.*.dataset_record_id',
    'records.*.dataset_id',
    'records.*.created_time',
    'records.*.last_update_time',
    'next_page_token',
  ],
})
/** What people and judges wrote about traces. */
export const assessment = json(false, {
  traceId: ['assessment.trace_id'],
  time: ['assessment.create_time'],
  structural: [
    'assessment.assessment_id',
    'assessment.trace_id',
    'assessment.span_id',
    'assessment.create_time',
  ],
})
export const issueList = json(true, {
  structural: ['issues.*.issue_id', 'issues.*.status', 'issues.*.created_timestamp', 'next_page_token'],
})
/** Runs, experiments, models, settings: no traces; masking rules still apply. */
export const plain: RouteResponse = {
  kind: 'json',
  listing: false,
  shape: { traceId: [], time: [], record: [], structural: ['**'] },
}
export const asset: RouteResponse = { kind: 'asset' }
