import { fail } from '../errors.ts'
import type { BuiltinRule } from '../rule.ts'

/** Technique names of the published bypass list, by how the request uses the field. */
export const ORACLES = {
  filter: 'filter-oracle',
  sort: 'sort-oracle',
  group: 'group-oracle',
  aggregate: 'aggregate-oracle',
} as const

export const blockHiddenPredicates: BuiltinRule = {
  name: 'block-hidden-predicates',
  sentence: 'Filters, sorts, groups and aggregates over content or hidden fields are refused as oracles.',
  stage: 'request',
  on: (config) => config.policy.builtin.block_hidden_predicates,
  judge({ request, paths, expects }) {
    if (request.predicates.length === 0) return undefined
    const oracles = request.predicates.filter((p) => !paths.structural(p.field, expects?.shape))
    const first = oracles[0]
    if (!first) return undefined
    return {
      effect: 'block',
      code: 'TW_POLICY_ORACLE',
      reason: fail('TW_POLICY_ORACLE', { use: first.use, field: first.field || 'an unnamed field' }).message,
      bypass: [...new Set(oracles.map((p) => ORACLES[p.use]))],
    }
  },
  examples: [
    {
      name: 'span.content LIKE',
      given: { request: { predicates: [{ field: 'spans.*.content', use: 'filter', operator: 'LIKE' }] } },
      effect: 'block',
    },
    {
      name: 'a sort by a field the profile calls structural',
      given: { request: { predicates: [{ field: 'timestamp', use: 'sort' }] } },
      effect: 'silent',
    },
    {
      name: 'an aggregate over everything',
      given: { request: { predicates: [{ field: '', use: 'aggregate' }] } },
      effect: 'block',
    },
    { name: 'no predicate', given: {}, effect: 'silent' },
  ],
}
