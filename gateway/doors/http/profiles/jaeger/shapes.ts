import type { ResponseShape } from '../../../../masking/masker.ts'
import type { RouteResponse } from '../../profile.ts'
import { OTLP_SPAN, under } from '../otlp.ts'

/**
 * Where Jaeger's answers keep what is not content: ids, times, kinds, states, and the names of services and operations,
 * which are Jaeger's catalogue (its pages and searches are made of them). Tags and logs are content.
 */
const SPAN = [
  ...['traceID', 'spanID', 'parentSpanID', 'operationName', 'startTime', 'duration', 'flags', 'processID'],
  ...['references.*.refType', 'references.*.traceID', 'references.*.spanID', 'logs.*.timestamp'],
  ...['span.kind', 'error', 'otel.status_code', 'http.status_code', 'internal.span.format'].map(
    (tag) => `tags.${tag}`,
  ),
]
const TRACE = ['traceID', 'processes.*.serviceName', ...under('spans.*', SPAN)]
const PAGE = ['total', 'limit', 'offset', 'errors.*.code', 'errors.*.traceID']

/** What searches may test, by the names of Jaeger's answers. */
const TESTABLE = [
  ...['serviceName', 'operationName', 'startTime', 'duration', 'kind'].map((name) => `span.${name}`),
  ...['span.kind', 'error', 'otel.status_code', 'http.status_code'].map((tag) => `span.tags.${tag}`),
]

const json = (listing: boolean, parts: Partial<ResponseShape>): RouteResponse => ({
  kind: 'json',
  listing,
  shape: {
    traceId: [],
    time: [],
    record: [],
    ...parts,
    structural: [...PAGE, ...TESTABLE, ...(parts.structural ?? [])],
  },
})

const traces: Partial<ResponseShape> = {
  traceId: ['data.*.traceID'],
  time: ['data.*.spans.*.startTime'],
  timeUnit: 'us',
  record: ['data.*.spans.*'],
  structural: under('data.*', TRACE),
}
export const trace = json(false, traces)
export const traceList = json(true, traces)

const otlp: Partial<ResponseShape> = {
  traceId: ['result.resourceSpans.*.scopeSpans.*.spans.*.traceId'],
  time: ['result.resourceSpans.*.scopeSpans.*.spans.*.startTimeUnixNano'],
  timeUnit: 'ns',
  record: ['result.resourceSpans.*.scopeSpans.*.spans.*'],
  structural: [
    'result.resourceSpans.*.resource.attributes.service.name',
    ...under('result.resourceSpans.*.scopeSpans.*.spans.*', [...OTLP_SPAN, 'name']),
  ],
}
export const otlpTrace = json(false, otlp)
export const otlpTraceList = json(true, otlp)

/** Names of services and operations, who calls whom, rates: no spans. Masking rules still apply. */
export const plain: RouteResponse = {
  kind: 'json',
  listing: false,
  shape: { traceId: [], time: [], record: [], structural: ['**'] },
}
export const asset: RouteResponse = { kind: 'asset' }
