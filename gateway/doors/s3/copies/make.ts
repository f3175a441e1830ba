import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createGunzip, createGzip } from 'node:zlib'
import type { MaskPlan, Observed } from '../../../masking/masker.ts'
import { codedOf } from '../backend.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import { type ObjectMasker, streamMasker } from '../formats/mask.ts'
import { maskParquet, nothingSeen } from '../formats/parquet/parquet.ts'
import { couldBe, type Format, type FormatRule, isGzip, SNIFF, sniff } from '../formats/sniff.ts'
import type { Copy } from './copies.ts'
import { peek } from './peek.ts'
import type { SealedWriter } from './vault.ts'

/** One version of one object, as the backend has it. */
export interface Source {
  bucket: string
  key: string
  versionId?: string
  /** Of the backend; what is fetched must still have it. */
  etag: string
}

/** What of a door making copies takes. */
export type Workshop = Pick<Door, 'backend' | 'vault' | 'connection' | 'log'>

export interface Making {
  id: string
  source: Source
  rule: FormatRule | undefined
  plan: MaskPlan
  /** Whether a text holds nothing that content rules find. */
  clean: (text: string) => boolean
  /** Observe mode: the copy is of what the backend sent, and the scan only watches. */
  observe: boolean
  /** What a small object becomes once it is masked: a decoy gets its bait. */
  finish?: (masked: Uint8Array) => Uint8Array
}

/** So much more may come out of gzip than went in, once it is more than this, bytes. */
const RATIO = 200
const RATIO_FROM = 64 * 1024 * 1024

const TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  text: 'text/plain',
  parquet: 'application/vnd.apache.parquet',
  pass: 'application/octet-stream',
}

/**
 * backend ─▶ (gunzip) ─▶ mask ─▶ (gzip) ─▶ digests ─▶ encrypted file; memory is bounded, but for Parquet.
 * @throws TW_S3_NO_KEY, TW_S3_FORMAT, TW_S3_OBJECT_TOO_LARGE, TW_S3_BACKEND_…, TW_MASK_…: nothing may be shown.
 */
export async function makeCopy(shop: Workshop, making: Making): Promise<Copy> {
  const { source } = making
  const answer = await shop.backend.send({
    method: 'GET',
    bucket: source.bucket,
    key: source.key,
    headers: { 'if-match': source.etag, 'accept-encoding': 'identity' },
    ...(source.versionId === undefined ? {} : { query: [['versionId', source.versionId]] }),
  })
  if (answer.status === 404) {
    answer.discard()
    throw fail('TW_S3_NO_KEY')
  }
  const writer = await shop.vault.create()
  try {
    return await copied(shop, making, answer.body, writer)
  } catch (error) {
    answer.discard()
    await writer.abort()
    throw unreadable(error)
  }
}

async function copied(shop: Workshop, making: Making, body: Readable, writer: SealedWriter): Promise<Copy> {
  const counted = { bytes: 0 }
  const raw = await peek(counting(body, counted, shop.connection.max_object), SNIFF)
  const packed = isGzip(raw.head)
  const plain = packed ? await peek(unpacked(raw.chunks, counted, shop.connection.max_object), SNIFF) : raw
  if (packed && isGzip(plain.head)) throw fail('TW_S3_FORMAT', { reason: 'it is packed twice' })
  const format = formatOf(shop, making, plain.head)
  const digests = { md5: createHash('md5'), crc: 0 }
  const sink = async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const chunk of chunks) {
      digests.md5.update(chunk)
      digests.crc = crc32(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength), digests.crc)
      await writer.write(chunk)
    }
  }
  const seen = await masked(shop, making, format, plain, packed, sink)
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(digests.crc >>> 0)
  return {
    id: making.id,
    file: await writer.end(),
    md5: digests.md5.digest('hex'),
    crc32: crc.toString('base64'),
    type: packed ? 'application/gzip' : TYPES[format],
    ...seen,
  }
}

type Sink = (chunks: AsyncIterable<Uint8Array>) => Promise<void>
type Seen = { observed: Observed; rows: number }

async function masked(
  shop: Workshop,
  making: Making,
  format: Format,
  plain: { head: Buffer; chunks: AsyncIterable<Uint8Array> },
  packed: boolean,
  sink: Sink,
): Promise<Seen> {
  if (format === 'parquet') {
    if (packed) throw fail('TW_S3_FORMAT', { reason: 'Parquet inside gzip' })
    return parquet(shop, making, plain.chunks, sink)
  }
  const masker: ObjectMasker =
    format === 'pass' ? unseen(making) : streamMasker(format, making.plan, making.clean)
  const out = throughMasker(shop, masker, plain.chunks, making.observe || format === 'pass')
  const through = making.finish ? finished(out, making.finish) : out
  if (packed) await pipeline(Readable.from(through, { objectMode: false }), createGzip({ level: 3 }), sink)
  else await sink(through)
  return { observed: masker.observed, rows: masker.rows }
}

async function* finished(
  chunks: AsyncIterable<Uint8Array>,
  finish: (masked: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  const kept: Uint8Array[] = []
  for await (const chunk of chunks) kept.push(chunk)
  yield finish(Buffer.concat(kept))
}

async function parquet(
  shop: Workshop,
  making: Making,
  chunks: AsyncIterable<Uint8Array>,
  sink: Sink,
): Promise<Seen> {
  const { plan, clean, observe } = making
  const seen = nothingSeen()
  const kept: Uint8Array[] = []
  const masked = maskParquet(
    observe ? keeping(chunks, kept) : chunks,
    { plan, clean, limit: shop.connection.max_parquet },
    seen,
  )
  if (!observe) await sink(masked)
  else {
    try {
      for await (const _ of masked);
    } catch (error) {
      shop.log.warn({ err: error }, 'an object could not be judged; observe mode lets it pass')
    }
    await sink(Readable.from(kept))
  }
  return seen
}

async function* keeping(chunks: AsyncIterable<Uint8Array>, kept: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    kept.push(chunk)
    yield chunk
  }
}

async function* throughMasker(
  shop: Workshop,
  masker: ObjectMasker,
  chunks: AsyncIterable<Uint8Array>,
  asItIs: boolean,
): AsyncGenerator<Uint8Array> {
  let judged = true
  const scan = (act: () => Uint8Array): Uint8Array => {
    if (!asItIs) return act()
    try {
      if (judged) act()
    } catch (error) {
      judged = false
      shop.log.warn({ err: error }, 'an object could not be judged; observe mode lets it pass')
    }
    return EMPTY
  }
  for await (const chunk of chunks) {
    const out = scan(() => masker.push(chunk))
    if (asItIs) yield chunk
    else if (out.length > 0) yield out
  }
  const rest = scan(() => masker.end())
  if (rest.length > 0) yield rest
}

const EMPTY = new Uint8Array(0)

/** What config shows as it is: counted as one trace, by name. */
function unseen({ source }: Making): ObjectMasker {
  const observed: Observed = {
    traceIds: new Set([`s3://${source.bucket}/${source.key}`]),
    unknownTimes: 0,
    records: 1,
    masked: new Set(),
    displayed: new Set(),
    sensitive: new Set(),
    highRisk: new Set(),
    withheld: [],
    content: true,
  }
  return { observed, rows: 1, push: (chunk) => chunk, end: () => EMPTY }
}

function formatOf(shop: Workshop, { rule, source, observe }: Making, head: Buffer): Format {
  const given = rule?.format
  if (given === 'refuse') throw fail('TW_S3_FORMAT', { reason: 'config refuses objects of this name' })
  if (given !== undefined && (head.length === 0 || couldBe(given, head))) return given
  if (given !== undefined && !observe)
    throw fail('TW_S3_FORMAT', { reason: `it is not the ${given} that config expects` })
  // Nothing in it: nothing to hide.
  const format = head.length === 0 ? 'text' : sniff(head, source.key)
  if (format !== undefined) return format
  if (observe || shop.connection.unknown_formats === 'pass') return 'pass'
  throw fail('TW_S3_FORMAT', { reason: 'its format is not known' })
}

async function* counting(
  chunks: AsyncIterable<Uint8Array>,
  counted: { bytes: number },
  limit: number,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    counted.bytes += chunk.length
    if (counted.bytes > limit) throw fail('TW_S3_OBJECT_TOO_LARGE', { limit, option: 'max_object' })
    yield chunk
  }
}

async function* unpacked(
  chunks: AsyncIterable<Uint8Array>,
  packed: { bytes: number },
  limit: number,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip()
  const input = Readable.from(chunks, { objectMode: false })
  input.on('error', (error) => gunzip.destroy(error))
  input.pipe(gunzip)
  let bytes = 0
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > limit) throw fail('TW_S3_OBJECT_TOO_LARGE', { limit, option: 'max_object' })
      if (bytes > RATIO_FROM && bytes > packed.bytes * RATIO)
        throw fail('TW_S3_FORMAT', { reason: 'it unpacks to hundreds of times its size' })
      yield chunk
    }
  } finally {
    input.destroy()
    gunzip.destroy()
  }
}

/** Damage inside the object is no failure of the backend. */
function unreadable(error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code.startsWith('Z_'))
    return fail('TW_S3_FORMAT', { reason: 'its gzip is damaged or cut short' }, error)
  return codedOf(error)
}
