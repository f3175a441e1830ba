import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../core/clock.ts'
import { createLogger } from '../core/log.ts'
import { systemRandom } from '../core/random.ts'
import { s3Connection } from '../gateway/config/s3.ts'
import { maskingConfig } from '../gateway/config.ts'
import { openBackend } from '../gateway/doors/s3/backend.ts'
import { makeCopy } from '../gateway/doors/s3/copies/make.ts'
import { openVault } from '../gateway/doors/s3/copies/vault.ts'
import { shapeOf } from '../gateway/doors/s3/formats/shape.ts'
import { compileMasking, planFor } from '../gateway/masking/compile.ts'
import { start } from './http/child.ts'
import { benchKey } from './mask-data.ts'
import type { BenchRow } from './row.ts'

const GB = 1e9
const EARLY = 50e6

/** 1 GB of NDJSON: fetched, masked, digested, encrypted on disk, and read from there again. */
export async function run(): Promise<BenchRow[]> {
  const store = await start('../s3/backend.ts', String(GB))
  const directory = mkdtempSync(join(tmpdir(), 'tracewarden-s3-bench-'))
  const connection = s3Connection.parse({
    name: 'bench',
    protocol: 's3',
    listen: '127.0.0.1:0',
    backend: `http://${store.address}`,
    access_key_id: 'bench',
    secret_access_key: 'bench',
    buckets: ['traces'],
  })
  const backend = openBackend(connection, systemClock)
  const vault = await openVault(directory, systemRandom)
  const shape = shapeOf(undefined)
  const plan = planFor(compileMasking(maskingConfig.parse({})), shape, {
    hideContent: false,
    reveal: [],
    pseudonym: benchKey,
  })
  let early = 0
  let most = 0
  let read = 0
  let asked = 0
  const sample = () => {
    // Asking costs as much as masking a few KiB does.
    if (++asked % 64 > 0) return
    const rss = process.memoryUsage.rss()
    if (read < EARLY) early = Math.max(early, rss)
    else most = Math.max(most, rss)
  }
  const making = {
    id: 'bench',
    source: { bucket: 'traces', key: 'day.ndjson', etag: '"bench"' },
    rule: undefined,
    plan,
    clean: () => true,
    observe: false,
  }
  // What the vault takes is what was masked so far.
  const watched = {
    ...vault,
    async create() {
      const writer = await vault.create()
      const write = writer.write.bind(writer)
      writer.write = async (bytes) => {
        read += bytes.length
        sample()
        await write(bytes)
      }
      return writer
    },
  }
  try {
    const before = process.cpuUsage()
    const copy = await makeCopy({ backend, vault: watched, connection, log: createLogger('silent') }, making)
    const made = process.cpuUsage(before)
    const again = process.cpuUsage()
    let bytes = 0
    for await (const chunk of copy.file.read(0, copy.file.size)) bytes += chunk.length
    const opened = process.cpuUsage(again)
    return [
      { name: 's3-mask', value: GB / (made.user + made.system), unit: 'MB/CPU-s' },
      { name: 's3-mask-memory', value: (most - early) / 1024 ** 2, unit: 'MiB more' },
      { name: 's3-copy-read', value: bytes / (opened.user + opened.system), unit: 'MB/CPU-s' },
    ]
  } finally {
    await store.stop()
    await backend.close()
    rmSync(directory, { recursive: true, force: true })
  }
}
