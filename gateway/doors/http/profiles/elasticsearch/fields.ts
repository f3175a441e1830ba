import type { ElasticsearchOptions } from '../../../../config.ts'
import type { Predicate } from '../../../../policy/facts.ts'
import { fail } from '../errors.ts'
import { named } from '../named.ts'
import type { Body } from '../request.ts'

/** A field of a document is `doc.<name>`, wherever an answer holds it. */
export const docField = (name: string): string => `doc.${name}`

/** What a query uses; `test` refuses names that stand for several fields. */
export interface Uses {
  predicates: Predicate[]
}

/** Fields that tell nothing of a document's content. */
const META = new Set(['_id', '_index', '_doc', '_score', '_shard_doc', '_count', '_key'])
const NAME = /^[\p{L}\p{N}@_][\p{L}\p{N}@_.-]*$/u

/** Notes a field that is tested. @throws TW_PROFILE_QUERY for wildcards and boosts in the name. */
export function test(uses: Uses, use: Predicate['use'], operator: string, name: unknown): void {
  if (typeof name !== 'string' || !NAME.test(name)) throw notAllowed(`${operator} over a field of this name`)
  if (!META.has(name)) uses.predicates.push({ field: docField(name), use, operator })
}

/** A part of a request that is on no list. Most of them are ways to ask about content: the event says so. */
export const notAllowed = (place: string) =>
  fail('TW_PROFILE_QUERY', { place: named(place), bypass: ['filter-oracle'] })

/** @throws TW_PROFILE_QUERY where an object has a member beyond these. */
export function only(body: Body, allowed: ReadonlySet<string>, place: string): void {
  for (const name of Object.keys(body)) if (!allowed.has(name)) throw notAllowed(`${place}.${name}`)
}

/** Ids, times, states, durations and counts as ECS, Elastic APM and OpenTelemetry name them. Names are content. */
const USUAL = [
  ...['@timestamp', 'timestamp', 'timestamp.us', 'start_time', 'end_time', 'start_timestamp'],
  ...['trace.id', 'span.id', 'parent.id', 'transaction.id', 'trace_id', 'span_id', 'parent_span_id'],
  ...['duration', 'event.duration', 'span.duration.us', 'transaction.duration.us', 'latency_ms'],
  ...['status.code', 'status_code', 'event.outcome', 'kind', 'processor.event', 'span.type'],
  ...['data_stream.type', 'data_stream.dataset', 'data_stream.namespace'],
  ...['usage.input_tokens', 'usage.output_tokens'].map((name) => `attributes.gen_ai.${name}`),
  ...['request.model', 'response.model', 'operation.name'].map((name) => `attributes.gen_ai.${name}`),
]

/** Also as the elements of a list: a document may hold several values anywhere. */
export const structuralOf = (options: ElasticsearchOptions): string[] =>
  [...new Set([...USUAL, ...options.trace_id, ...options.time, ...options.structural])].flatMap((name) => [
    docField(name),
    `${docField(name)}.*`,
  ])
