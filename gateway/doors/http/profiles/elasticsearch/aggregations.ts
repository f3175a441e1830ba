import { type Body, isObject } from '../request.ts'
import { notAllowed, only, test, type Uses } from './fields.ts'
import { readQuery } from './query.ts'

/** Aggregations, by allow-list of kinds and options. Their answers are shown, so each field they read is judged. */
const OPTIONS = new Set(
  `field size shard_size min_doc_count shard_min_doc_count order interval calendar_interval fixed_interval
  minimum_interval buckets offset format time_zone keyed extended_bounds hard_bounds ranges missing missing_bucket
  missing_order include exclude precision_threshold percents values sigma compression
  show_term_doc_count_error buckets_path gap_policy`.split(/\s+/),
)
/** How each kind uses its field. */
const KINDS: Readonly<Record<string, 'group' | 'aggregate'>> = {
  ...Object.fromEntries(
    'terms histogram date_histogram auto_date_histogram range date_range missing'
      .split(' ')
      .map((kind) => [kind, 'group' as const]),
  ),
  ...Object.fromEntries(
    'min max avg sum stats extended_stats value_count cardinality percentiles percentile_ranks median_absolute_deviation'
      .split(' ')
      .map((kind) => [kind, 'aggregate' as const]),
  ),
}
/** Over other aggregations, which are judged themselves. */
const PIPELINES = new Set([
  'avg_bucket',
  'cumulative_sum',
  'derivative',
  'max_bucket',
  'min_bucket',
  'sum_bucket',
])
const INNER = new Set(['aggs', 'aggregations'])
const MAX_DEPTH = 10

/** @throws TW_PROFILE_QUERY */
export function readAggregations(aggregations: unknown, uses: Uses, depth = 0): void {
  if (!isObject(aggregations) || depth > MAX_DEPTH) throw notAllowed('aggregations')
  for (const aggregation of Object.values(aggregations)) {
    if (!isObject(aggregation)) throw notAllowed('aggregations')
    const kinds = Object.entries(aggregation).filter(([name]) => !INNER.has(name))
    const [kind, body] = kinds[0] ?? []
    if (kinds.length !== 1 || !isObject(body))
      throw notAllowed('an aggregation of more or less than one kind')
    readOne(kind!, body, uses)
    for (const name of INNER)
      if (aggregation[name] !== undefined) readAggregations(aggregation[name], uses, depth + 1)
  }
}

function readOne(kind: string, body: Body, uses: Uses): void {
  if (kind === 'composite') readComposite(body, uses)
  else if (kind === 'filter') readQuery(body, uses)
  else if (kind === 'filters') readFilters(body, uses)
  else if (kind === 'nested') only(body, new Set(['path']), kind)
  else {
    const use = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
    if (!use && (!PIPELINES.has(kind) || body.field !== undefined)) throw notAllowed(`aggregations.${kind}`)
    only(body, OPTIONS, kind)
    if (use) test(uses, use, kind, body.field)
  }
}

function readComposite(body: Body, uses: Uses): void {
  only(body, new Set(['size', 'sources', 'after']), 'composite')
  for (const source of [body.sources ?? []].flat())
    for (const named of isObject(source) ? Object.values(source) : [undefined])
      for (const [kind, options] of isObject(named) ? Object.entries(named) : [['', undefined] as const]) {
        if (KINDS[kind] !== 'group' || !isObject(options)) throw notAllowed('composite.sources')
        readOne(kind, options, uses)
      }
}

function readFilters(body: Body, uses: Uses): void {
  only(body, new Set(['filters', 'other_bucket', 'other_bucket_key']), 'filters')
  const { filters } = body
  if (!isObject(filters) && !Array.isArray(filters)) throw notAllowed('filters')
  for (const query of Array.isArray(filters) ? filters : Object.values(filters)) readQuery(query, uses)
}
