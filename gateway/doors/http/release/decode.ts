import { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { BackendHead, Call } from '../backend.ts'
import { fail } from '../errors.ts'

/** Decoded bytes of an answer, pulled; undefined is the end. */
export interface Source {
  read(): Promise<Uint8Array | undefined>
  cancel(): void
}

const DECODERS = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

const isKnown = (coding: string): coding is keyof typeof DECODERS => Object.hasOwn(DECODERS, coding)

/** The store was asked for identity; some compress anyway. @throws TW_HTTP_CONTENT_ENCODING for what is not known. */
export function decodedSource(call: Call, head: BackendHead): Source {
  const coding = [head.headers['content-encoding'] ?? 'identity'].flat().join(',').trim().toLowerCase()
  if (coding === 'identity' || coding === '') return call
  if (!isKnown(coding)) throw fail('TW_HTTP_CONTENT_ENCODING')
  let failure: unknown
  const input = Readable.from(chunksOf(call), { objectMode: false })
  const decoder = DECODERS[coding]()
  input.on('error', (error) => {
    failure = error
    decoder.destroy(error)
  })
  input.pipe(decoder)
  const chunks = decoder[Symbol.asyncIterator]()
  return {
    async read() {
      try {
        const next = await chunks.next()
        return next.done ? undefined : Buffer.from(next.value)
      } catch (error) {
        throw failure ?? fail('TW_HTTP_CONTENT_ENCODING', {}, error)
      }
    },
    cancel() {
      call.cancel()
      input.destroy()
      decoder.destroy()
    },
  }
}

async function* chunksOf(call: Call) {
  for (let chunk = await call.read(); chunk; chunk = await call.read()) yield chunk
}

/** A read that is under way. */
export type Pending = Promise<Uint8Array | undefined>

/** What was read of a source, whether that is all, and the read that is still under way. */
export interface Collected {
  body: Uint8Array
  ended: boolean
  next?: Pending
}

/** How long a stream of events may take to end by itself before it is released as it comes, ms. */
const LIVE_AFTER = 250

/** Reads up to a little more than `limit` bytes; `live` gives up waiting for the end of what may have none. */
export async function collect(source: Source, limit: number, live = false): Promise<Collected> {
  const chunks: Uint8Array[] = []
  let length = 0
  const late = live ? after(LIVE_AFTER) : undefined
  for (;;) {
    const next = source.read()
    const chunk = late ? await Promise.race([next, late]) : await next
    if (chunk === LATE) return { body: join(chunks), ended: false, next }
    if (!chunk) return { body: join(chunks), ended: true }
    chunks.push(chunk)
    length += chunk.length
    if (length > limit) return { body: join(chunks), ended: false }
  }
}

export const LATE = Symbol('late')

export const after = (ms: number): Promise<typeof LATE> =>
  new Promise((resolve) => setTimeout(resolve, ms, LATE).unref())

const join = (chunks: Uint8Array[]) => (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
