/** OTLP spans as JSON, as several stores answer them: what of a span is no content. Names and attributes are. */
export const OTLP_SPAN: readonly string[] = [
  'traceId',
  'spanId',
  'parentSpanId',
  'kind',
  'flags',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'status.code',
  'droppedAttributesCount',
  'droppedEventsCount',
  'droppedLinksCount',
  'events.*.timeUnixNano',
  'links.*.traceId',
  'links.*.spanId',
]

export const under = (prefix: string, names: readonly string[]): string[] =>
  names.map((name) => `${prefix}.${name}`)
