import type { ElasticsearchOptions } from '../../../../config.ts'
import { fail } from '../errors.ts'
import { named } from '../named.ts'

/**
 * Index expressions: names and wildcards, comma-separated. What Elasticsearch reads in more than one way (exclusions,
 * date math, remote clusters) is refused. A wildcard is allowed if a configured pattern takes all it could stand for:
 * its own `*` can then only fall on one of the pattern's.
 */
const PLAIN = /^[^\s,<>"\\|/?#:%{}]+$/

/** Told as the collection, sorted. @throws TW_PROFILE_INDEX */
export function collectionOf(expression: string, allowed: ElasticsearchOptions['indices']): string {
  const names = expression === '_all' ? ['*'] : expression.split(',')
  for (const name of names)
    if (!PLAIN.test(name) || /^[-_+]/.test(name) || !allowed.some((pattern) => covers(pattern, name)))
      throw fail('TW_PROFILE_INDEX', { index: named(name) })
  return [...new Set(names)].sort().join(',')
}

function covers(pattern: string, name: string): boolean {
  if (name.startsWith('.') !== pattern.startsWith('.')) return false
  const source = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
  return new RegExp(`^${source.join('.*')}$`).test(name)
}
