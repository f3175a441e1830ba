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

/**
 * All built-in content rules: on dense traces (something to mask every 500 bytes or so), on very dense ones (every 90),
 * and on ordinary ones (every 3,000); versus JSON.parse of the same bytes, which only reads.
 */
export async function run(): Promise<BenchRow[]> {
  const row = (name: string, words: number): BenchRow => {
    const body = (mb: number) => traces(mb, words)
    const value = throughput(body, {})
    const parse = parsing(body(1))
    return { name, value, unit: 'MB/CPU-s', versus: 'JSON.parse', ratio: value / parse }
  }
  return [row('mask-content', 60), row('mask-content-very-dense', 8), row('mask-content-ordinary', 400)]
}

function parsing(body: Buffer): number {
  const before = process.cpuUsage()
  for (let i = 0; i < MB; i++) JSON.parse(body.toString())
  const { user, system } = process.cpuUsage(before)
  return (body.byteLength * MB) / (user + system)
}
