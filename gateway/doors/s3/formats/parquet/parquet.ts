import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { startWorker } from '../../../../../core/worker.ts'
import { maskWhole } from '../../../../masking/compile.ts'
import type { MaskPlan, Observed } from '../../../../masking/masker.ts'
import { merge, nothingObserved } from '../../../../masking/observed.ts'
import { fail } from '../../errors.ts'
import type { FromWorker, ToWorker } from './protocol.ts'

export interface ParquetMasking {
  plan: MaskPlan
  /** Whether a text holds nothing that content rules find. */
  clean: (text: string) => boolean
  /** Of the file, bytes; four times this unpacked. */
  limit: number
}

/** Longer than any honest file of that size takes, ms. */
const PATIENCE = 300_000
/** By how much the process may grow while the thread works, beyond the limit's own multiple, bytes. */
const HEADROOM = 1536 * 1024 * 1024
const WATCH = 100

/**
 * A masked Parquet file, in pieces: read and written on a thread of its own, masked here, a batch of rows at a time.
 * What the thread cannot do in the memory and time it has is refused. @throws TW_S3_FORMAT, TW_S3_OBJECT_TOO_LARGE
 */
export async function* maskParquet(
  chunks: AsyncIterable<Uint8Array>,
  { plan, clean, limit }: ParquetMasking,
  seen: { observed: Observed; rows: number },
): AsyncGenerator<Uint8Array> {
  const bytes = await collected(chunks, limit)
  const worker = startWorker('./worker.ts', import.meta.url, {
    workerData: { bytes, limit },
    transferList: [bytes],
    resourceLimits: { maxOldGenerationSizeMb: 1536 },
  })
  const watch = watched(worker)
  const answer = (message: ToWorker) => worker.postMessage(message)
  try {
    for (;;) {
      const message = await next(worker)
      if (message.kind === 'done') return
      if (message.kind === 'refused') throw fail('TW_S3_FORMAT', { reason: message.reason })
      if (message.kind === 'bytes') yield message.bytes
      if (message.kind === 'names' && !message.names.every(clean))
        throw fail('TW_S3_FORMAT', { reason: 'a column’s name holds what would be hidden' })
      if (message.kind === 'rows') {
        const lines = masked(plan, message.lines, seen)
        answer({ lines })
      } else answer({})
    }
  } finally {
    clearInterval(watch)
    await worker.terminate()
  }
}

async function next(worker: Worker): Promise<FromWorker> {
  const ending = new AbortController()
  const { signal } = ending
  try {
    const said = once(worker, 'message', { signal }).then(([message]: FromWorker[]) => message!)
    const ended = once(worker, 'exit', { signal }).then((): FromWorker => TOO_MUCH)
    return await Promise.race([said, ended])
  } catch (error) {
    // `once` rejects with the thread's own error: out of memory, most likely.
    throw fail('TW_S3_FORMAT', { reason: TOO_MUCH.reason }, error)
  } finally {
    ending.abort()
  }
}

const TOO_MUCH = { kind: 'refused', reason: 'it takes more memory or time to read than it may' } as const

/** Buffers are not part of a thread's heap, so its limits do not hold for them. */
function watched(worker: Worker): NodeJS.Timeout {
  const before = process.memoryUsage().rss
  const deadline = performance.now() + PATIENCE
  return setInterval(() => {
    if (process.memoryUsage().rss - before > HEADROOM || performance.now() > deadline) void worker.terminate()
  }, WATCH)
}

function masked(
  plan: MaskPlan,
  lines: readonly string[],
  seen: { observed: Observed; rows: number },
): readonly string[] {
  const { body, observed } = maskWhole(plan, 'ndjson', Buffer.from(`${lines.join('\n')}\n`))
  merge(seen.observed, observed)
  seen.rows += lines.length
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8').split('\n').slice(0, -1)
}

export const nothingSeen = (): { observed: Observed; rows: number } => ({
  observed: nothingObserved(),
  rows: 0,
})

async function collected(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<ArrayBuffer> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > limit) throw fail('TW_S3_OBJECT_TOO_LARGE', { limit, option: 'max_parquet' })
    parts.push(chunk)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole.buffer
}
