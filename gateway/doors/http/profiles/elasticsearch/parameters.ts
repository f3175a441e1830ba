import type { CanonicalRequest } from '../../profile.ts'
import { fail } from '../errors.ts'
import { named } from '../named.ts'
import { all, one } from '../request.ts'
import { notAllowed, test, type Uses } from './fields.ts'

/** Query parameters, by allow-list a route. What is not listed is refused: `filter_path`, `format`, `source`, `q`… */
const EVERYWHERE = 'pretty human'
const INDICES = 'ignore_unavailable allow_no_indices expand_wildcards ignore_throttled'
const SOURCE = '_source _source_includes _source_excludes'
const WHERE = 'preference routing'
const set = (...texts: string[]): ReadonlySet<string> => new Set([EVERYWHERE, ...texts].join(' ').split(' '))

export const SEARCH = set(
  INDICES,
  SOURCE,
  WHERE,
  'size from sort track_total_hits track_scores timeout terminate_after request_cache rest_total_hits_as_int',
  'typed_keys search_type batched_reduce_size ccs_minimize_roundtrips max_concurrent_shard_requests',
  'pre_filter_shard_size allow_partial_search_results scroll seq_no_primary_term version',
)
export const MSEARCH = set(
  INDICES,
  'max_concurrent_searches max_concurrent_shard_requests pre_filter_shard_size rest_total_hits_as_int',
  'search_type typed_keys ccs_minimize_roundtrips',
)
export const COUNT = set(INDICES, WHERE, 'min_score terminate_after')
export const DOCUMENT = set(SOURCE, WHERE, 'realtime refresh version version_type')
export const SCROLL = set('scroll rest_total_hits_as_int')
export const POINT_IN_TIME = set(INDICES, WHERE, 'keep_alive')
export const CATALOGUE = set(
  INDICES,
  'local flat_settings include_defaults master_timeout timeout fields include_unmapped level wait_for_status',
  'wait_for_no_relocating_shards format h s v bytes time',
)
export const WRITE = set(
  WHERE,
  'refresh timeout op_type version version_type wait_for_active_shards require_alias if_seq_no if_primary_term',
  'require_data_stream',
)

/** @throws TW_PROFILE_UNDECLARED, TW_PROFILE_REPEATED, TW_PROFILE_FORMAT, TW_PROFILE_QUERY */
export function checkParameters(request: CanonicalRequest, allowed: ReadonlySet<string>): void {
  for (const [name] of request.query) {
    if (name === 'q') throw notAllowed('q')
    if (!allowed.has(name)) throw fail('TW_PROFILE_UNDECLARED', { name: named(name) })
    one(request, name)
  }
  const format = one(request, 'format')
  if (format !== undefined && format !== 'json') throw fail('TW_PROFILE_FORMAT', { format: named(format) })
  // Hidden indices are the store's own.
  if (/all|hidden/.test(one(request, 'expand_wildcards') ?? '')) throw notAllowed('expand_wildcards')
}

/** `sort=field:desc,other` of the URL. */
export function readSortParameter(request: CanonicalRequest, uses: Uses): void {
  for (const item of all(request, 'sort').flatMap((text) => text.split(','))) {
    const [name, order] = item.split(':')
    test(uses, 'sort', order ?? 'asc', name)
  }
}
