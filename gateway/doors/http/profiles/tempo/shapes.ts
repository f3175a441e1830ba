import type { ResponseShape } from '../../../../masking/masker.ts'
import type { RouteResponse } from '../../profile.ts'
import { OTLP_SPAN, under } from '../otlp.ts'

/** Where Tempo's answers keep what is not content. Names of services and of spans are its catalogue; attributes are content. */
const TESTABLE = [
  ...[
    'duration',
    'traceDuration',
    'status',
    'kind',
    'rootServiceName',
    'rootName',
    'name',
    'nestedSet',
    'id',
    'startTime',
  ].map((name) => `intrinsic.${name}`),
  'resource.service.name',
  ...['http.status_code', 'http.response.status_code', 'error', 'span.kind'].map((name) => `span.${name}`),
]
const METRICS = ['metrics.**']
const SPAN_SET = ['matched', ...under('spans.*', ['spanID', 'name', 'startTimeUnixNano', 'durationNanos'])]
const FOUND = [
  ...['traceID', 'rootServiceName', 'rootTraceName', 'startTimeUnixNano', 'durationMs', 'serviceStats.**'],
  ...under('spanSet', SPAN_SET),
  ...under('spanSets.*', SPAN_SET),
]

const json = (listing: boolean, parts: Partial<ResponseShape>): RouteResponse => ({
  kind: 'json',
  listing,
  shape: {
    traceId: [],
    time: [],
    record: [],
    ...parts,
    structural: [...METRICS, ...TESTABLE, ...(parts.structural ?? [])],
  },
})

export const found = json(true, {
  traceId: ['traces.*.traceID'],
  time: ['traces.*.startTimeUnixNano'],
  timeUnit: 'ns',
  record: ['traces.*'],
  structural: under('traces.*', FOUND),
})

/** OTLP under `batches` (v1) or `trace.resourceSpans` (v2); older servers say instrumentationLibrarySpans. */
const SPANS = ['batches.*', 'resourceSpans.*', 'trace.batches.*', 'trace.resourceSpans.*'].flatMap((at) =>
  ['scopeSpans', 'instrumentationLibrarySpans', 'ilSpans'].map((name) => `${at}.${name}.*.spans.*`),
)
export const trace = json(false, {
  traceId: SPANS.map((at) => `${at}.traceId`),
  time: SPANS.map((at) => `${at}.startTimeUnixNano`),
  timeUnit: 'ns',
  record: SPANS,
  structural: [
    ...SPANS.flatMap((at) => under(at, [...OTLP_SPAN, 'name'])),
    ...['batches.*', 'resourceSpans.*', 'trace.batches.*', 'trace.resourceSpans.*'].map(
      (at) => `${at}.resource.attributes.service.name`,
    ),
    'status',
    'message',
  ],
})

/** Names of tags; values of a tag that policy lets be asked for; series of numbers. */
export const plain: RouteResponse = {
  kind: 'json',
  listing: false,
  shape: { traceId: [], time: [], record: [], structural: ['**', ...TESTABLE] },
}
/** The values of one tag are what it holds: policy refuses the request unless that tag may be tested. */
export const values = json(false, {
  structural: ['tagValues.*', 'tagValues.*.**', 'series.**', 'exemplars.**'],
})
export const text: RouteResponse = {
  kind: 'text',
  listing: false,
  shape: { traceId: [], time: [], record: [], structural: ['**'] },
}
