import { maskingConfig } from '../gateway/config.ts'
import { compileMasking, maskWhole, planFor } from '../gateway/masking/compile.ts'
import { benchKey, traces } from './mask-data.ts'
import type { BenchRow } from './row.ts'

const MB = 50

/** MB (10⁶ bytes) per CPU-second over bodies of about 1 MB, as the door hands them over. */
export function throughput(
  body: (mb: number) => Buffer,
  config: Parameters<typeof maskingConfig.parse>[0],
): number {
  const compiled = compileMasking(maskingConfig.parse(config))
  const shape = {
    traceId: ['trace.trace_info.trace_id'],
    time: ['trace.spans.*.start_time_unix_nano'],
    timeUnit: 'ns' as const,
    record: ['trace.spans.*'],
    structural: [
      'trace.trace_info.trace_id',
      'trace.spans.*.trace_id',
      'trace.spans.*.span_id',
      'trace.spans.*.name',
    ],
  }
  const plan = planFor(compiled, shape, { hideContent: false, reveal: [], pseudonym: benchKey })
  const one = body(1)
  for (let i = 0; i < 8; i++) maskWhole(plan, 'json', one)
  const before = process.cpuUsage()
  for (let i = 0; i < MB; i++) maskWhole(plan, 'json', one)
  const { user, system } = process.cpuUsage(before)
  return (one.byteLength * MB) / (user + system)
}

/** All built-in content rules, on traces with a secret in every eight words or so, and on ordinary ones. */
export async function run(): Promise<BenchRow[]> {
  const dense = throughput((mb) => traces(mb, 8), {})
  const ordinary = throughput((mb) => traces(mb, 400), {})
  return [
    { name: 'mask-content', value: dense, unit: 'MB/CPU-s' },
    { name: 'mask-content-ordinary', value: ordinary, unit: 'MB/CPU-s' },
  ]
}
