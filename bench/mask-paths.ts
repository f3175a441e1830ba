import { builtinRules } from '../gateway/masking/compile.ts'
import { throughput } from './mask-content.ts'
import { traces } from './mask-data.ts'
import type { BenchRow } from './row.ts'

/** Path rules only: every content rule switched off. */
export async function run(): Promise<BenchRow[]> {
  const value = throughput((mb) => traces(mb, 60), {
    fields: [
      { name: 'customer_id', paths: ['**.customer_id'], transform: 'hash' },
      { name: 'reasoning', paths: ['**.reasoning_content'] },
    ],
    content: { disable: builtinRules.map((rule) => rule.name) },
  })
  return [{ name: 'mask-paths', value, unit: 'MB/CPU-s' }]
}
