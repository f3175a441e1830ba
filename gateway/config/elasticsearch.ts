import { z } from 'zod'
import { field } from '../../core/field.ts'

const names = z.array(z.string().regex(/^[^*?\s]+$/, 'a field name, without wildcards'))

/** How documents of an Elasticsearch are traces: of the `elasticsearch` profile. */
export const elasticsearchOptions = z.strictObject({
  indices: field(
    z.array(z.string().min(1)).min(1).default(['*']),
    'Indices',
    'Index names and patterns that may be asked for. Names that begin with a dot only where a pattern begins with one.',
    ['traces-*'],
  ),
  trace_id: field(
    names.min(1).default(['trace.id', 'trace_id']),
    'Trace id',
    'Fields that hold the trace id. A search for given ids is a read; any other is a list.',
    ['trace.id'],
  ),
  time: field(
    names.default(['@timestamp']),
    'Time',
    'Fields that hold a creation time: RFC 3339, or a number in `time_unit`.',
    ['@timestamp'],
  ),
  time_unit: field(z.enum(['s', 'ms', 'us', 'ns']).default('ms'), 'Time unit', 'Of numeric times.', 'ms'),
  structural: field(
    names.default([]),
    'Structural fields',
    'Fields, beside the usual ids, times and states of ECS and OpenTelemetry, that are no content: searches may test, sort and aggregate them.',
    ['labels.team'],
  ),
})

export type ElasticsearchOptions = z.infer<typeof elasticsearchOptions>
