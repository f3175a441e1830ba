import type { ResponseShape } from '../../../../masking/masker.ts'
import type { RouteResponse } from '../../profile.ts'
import { TESTABLE } from './condition.ts'

/** Where Phoenix's REST answers (`{data: […], next_cursor}`) keep what is not content. Names of spans are content. */
const SPAN = [
  'id',
  'trace_id',
  'span_id',
  'context.trace_id',
  'context.span_id',
  'parent_id',
  'parent_span_id',
  'span_kind',
  'kind',
  'status_code',
  'status.code',
  'start_time',
  'end_time',
  'start_time_unix_nano',
  'end_time_unix_nano',
  'latency_ms',
  'flags',
  'dropped_attributes_count',
  'dropped_events_count',
  'dropped_links_count',
  'cumulative_llm_token_count_*',
  'attributes.llm.token_count.**',
  'attributes.openinference.span.kind',
  'attributes.session.id',
  'attributes.input.mime_type',
  'attributes.output.mime_type',
  'events.*.timestamp',
  'events.*.time_unix_nano',
]
const TRACE = [
  'id',
  'trace_id',
  'project_id',
  'session_id',
  'start_time',
  'end_time',
  'token_count_prompt',
  'token_count_completion',
  'token_count_total',
]
const under = (prefix: string, names: readonly string[]) => names.map((name) => `${prefix}.${name}`)

const json = (listing: boolean, parts: Partial<ResponseShape>) => ({
  kind: 'json' as const,
  listing,
  shape: {
    traceId: [],
    time: [],
    record: [],
    ...parts,
    structural: ['next_cursor', ...TESTABLE, ...(parts.structural ?? [])],
  },
})

export const spans = json(false, {
  traceId: ['data.*.context.trace_id'],
  time: ['data.*.start_time'],
  record: ['data.*'],
  structural: under('data.*', SPAN),
})
/** What the tables of `POST /v1/spans` are before their query is read. */
export const spanTables: RouteResponse = { ...spans, kind: 'multipart' }
export const otlpSpans = json(false, {
  traceId: ['data.*.trace_id'],
  time: ['data.*.start_time_unix_nano'],
  timeUnit: 'ns',
  record: ['data.*'],
  structural: under('data.*', SPAN),
})
export const traces = json(true, {
  traceId: ['data.*.trace_id'],
  time: ['data.*.start_time'],
  record: ['data.*'],
  structural: [...under('data.*', TRACE), ...under('data.*.spans.*', SPAN)],
})
export const sessions = json(true, {
  traceId: ['data.*.traces.*.trace_id', 'data.traces.*.trace_id'],
  time: ['data.*.traces.*.start_time', 'data.traces.*.start_time'],
  structural: ['data.*', 'data', 'data.*.traces.*', 'data.traces.*'].flatMap((at) => under(at, TRACE)),
})
/** Each span, trace or session annotated counts as one trace. */
export const annotations = json(false, {
  traceId: ['data.*.trace_id', 'data.*.span_id', 'data.*.session_id'],
  time: ['data.*.created_at'],
  record: ['data.*'],
  structural: under('data.*', [
    ...[
      'id',
      'trace_id',
      'span_id',
      'session_id',
      'created_at',
      'updated_at',
      'source',
      'annotator_kind',
      'user_id',
    ],
    'result.score',
  ]),
})
/** Copies of trace content: each example, each run counts as a trace. */
export const examples = json(false, {
  traceId: ['data.examples.*.id'],
  time: ['data.examples.*.updated_at'],
  record: ['data.examples.*'],
  structural: [
    ...under('data', ['dataset_id', 'version_id']),
    ...under('data.examples.*', ['id', 'node_id', 'updated_at', 'source.**']),
  ],
})
export const experimentRuns = json(false, {
  traceId: ['data.*.id'],
  time: ['data.*.start_time'],
  record: ['data.*'],
  structural: under('data.*', [
    ...[
      'id',
      'dataset_example_id',
      'experiment_id',
      'repetition_number',
      'start_time',
      'end_time',
      'trace_id',
    ],
  ]),
})
/** Prompts are the company's own: each version counts as a trace. */
export const promptVersions = json(false, {
  traceId: ['data.*.id', 'data.id'],
  record: ['data.*'],
  structural: ['data.*', 'data'].flatMap((at) =>
    under(at, ['id', 'model_provider', 'model_name', 'template_type', 'template_format']),
  ),
})
/** Ids of what was written. */
export const written = json(false, { structural: ['data.*.id', 'data.id'] })
/** Names of projects, data sets, settings: no traces; masking rules still apply. */
export const plain: RouteResponse = {
  kind: 'json',
  listing: false,
  shape: { traceId: [], time: [], record: [], structural: ['**'] },
}
export const asset: RouteResponse = { kind: 'asset' }

/** Columns of `POST /v1/spans` tables, by the store's name of the field. */
export const COLUMNS: readonly string[] = SPAN
