import { createHash } from 'node:crypto'
import type { SealedFile, SealedWriter } from '../copies/vault.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import type { S3Request } from '../s3-request.ts'
import { createChunks, type Streaming } from '../sigv4/chunks.ts'
import { refuse } from '../techniques.ts'

/** A body that is whole, of the announced length, and what was signed. */
export interface Upload {
  size: number
  sha256: string
  bytes: () => Uint8Array | AsyncIterable<Uint8Array>
  /** Checksums that came behind the body. */
  trailers: Readonly<Record<string, string>>
  /** To be called when it is not needed any more. */
  drop(): Promise<void>
}

/** Up to here a body stays in memory, bytes. */
const SMALL = 1024 * 1024

const isStreaming = (payload: string): payload is Streaming => payload.startsWith('STREAMING-')

/**
 * Takes the whole body before the backend hears of it, on disk and encrypted where it is long: what was not signed,
 * or not all there, is never stored.
 * @throws TW_S3_LENGTH, TW_S3_TOO_LARGE, TW_S3_INCOMPLETE, TW_S3_CHUNKED, TW_S3_SIGNATURE, TW_S3_DIGEST
 */
export async function receive(door: Door, x: S3Request, limit: number): Promise<Upload> {
  const payload = x.claim!.payload
  const expected = lengthOf(x, isStreaming(payload))
  if (expected > limit) throw fail('TW_S3_TOO_LARGE', { limit })
  const announced = (x.sent['x-amz-trailer'] ?? '')
    .split(',')
    .flatMap((name) => name.trim().toLowerCase() || [])
  const chunks = isStreaming(payload) ? createChunks(payload, x.proven!, announced) : undefined
  const sha = createHash('sha256')
  const small: Uint8Array[] = []
  let size = 0
  let writer: SealedWriter | undefined
  const take = async (piece: Uint8Array) => {
    size += piece.length
    if (size > expected) throw refuse('TW_S3_INCOMPLETE', 'chunk-forgery')
    sha.update(piece)
    if (!writer && size <= SMALL) return void small.push(piece)
    if (!writer) {
      writer = await door.vault.create()
      for (const earlier of small.splice(0)) await writer.write(earlier)
    }
    await writer.write(piece)
  }
  try {
    for await (const chunk of bodyOf(x))
      for (const piece of chunks ? chunks.push(chunk) : [chunk]) await take(piece)
    chunks?.end()
    if (size !== expected) throw fail('TW_S3_INCOMPLETE')
    const sha256 = sha.digest('hex')
    if (/^[0-9a-f]{64}$/.test(payload) && payload !== sha256)
      throw fail('TW_S3_DIGEST', { what: 'x-amz-content-sha256' })
    const file: SealedFile | undefined = await writer?.end()
    const whole = Buffer.concat(small)
    return {
      size,
      sha256,
      trailers: chunks?.trailers ?? {},
      bytes: () => (file ? file.read(0, size) : whole),
      drop: async () => file?.remove(),
    }
  } catch (error) {
    await writer?.abort()
    throw error
  }
}

function lengthOf(x: S3Request, streaming: boolean): number {
  const text = x.sent[streaming ? 'x-amz-decoded-content-length' : 'content-length']
  if (text === undefined && !streaming && x.sent['transfer-encoding'] === undefined) return 0
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw fail('TW_S3_LENGTH')
  return Number(text)
}

async function* bodyOf(x: S3Request): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of x.req as AsyncIterable<Buffer>) yield chunk
  } catch (error) {
    throw fail('TW_S3_INCOMPLETE', {}, error)
  }
}
