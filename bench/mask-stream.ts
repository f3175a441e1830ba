import { maskingConfig } from '../gateway/config.ts'
import { compileMasking, createMasker, planFor } from '../gateway/masking/compile.ts'
import { benchKey, traces } from './mask-data.ts'
import type { BenchRow } from './row.ts'

const GB = 1e9
const CHUNK = 65_536

/** One body of 1 GB in chunks of 64 KiB: speed, and by how much memory grew after the first 50 MB. */
export async function run(): Promise<BenchRow[]> {
  const shape = { traceId: [], time: [], record: ['bodies.*.trace.spans.*'], structural: [] }
  const plan = planFor(compileMasking(maskingConfig.parse({})), shape, {
    hideContent: false,
    reveal: [],
    pseudonym: benchKey,
  })
  const one = Buffer.concat([Buffer.from(','), traces(1, 400)])
  const masker = createMasker(plan, 'json')
  masker.push(Buffer.from('{"bodies":[0'))
  let read = 0
  let early = 0
  let most = 0
  const before = process.cpuUsage()
  while (read < GB) {
    for (let at = 0; at < one.length; at += CHUNK) masker.push(one.subarray(at, at + CHUNK))
    read += one.length
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    if (read < 50e6) early = Math.max(early, heapUsed + arrayBuffers)
    else most = Math.max(most, heapUsed + arrayBuffers)
  }
  masker.push(Buffer.from(']}'))
  masker.end()
  const { user, system } = process.cpuUsage(before)
  return [
    { name: 'mask-stream', value: read / (user + system), unit: 'MB/CPU-s' },
    { name: 'mask-stream-memory', value: (most - early) / 1024 ** 2, unit: 'MiB more' },
  ]
}
