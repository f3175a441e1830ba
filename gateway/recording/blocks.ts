import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { z } from 'zod'

/**
 * A recording at rest, as part file and as sealed blob alike:
 *
 *   magic (8) │ u32 length │ header (JSON, in the clear) │ block │ block │ …
 *   block: u32 length │ u32 attempt │ u32 type │ ciphertext │ tag (16)
 *
 * Every block is sealed by AES-256-GCM under a key of this file alone (HKDF over the person's key, a random salt and the
 * whole header) with the nonce u8 type│u24 attempt│u64 index, so that no block can be altered, moved, repeated or left out,
 * nor taken from another file. The `end` block says that nothing was cut off. `attempt` grows when a write failed, so
 * that no nonce serves two texts.
 */
export interface Header {
  form: 'part' | 'sealed'
  session: string
  /** Id of the person's key; says nothing about who it is. */
  key: string
  salt: string
  started: number
}

/** `who`: whose recording this is, always the first. `data`: frames, in sealed ones compressed. `end`: totals, the last. */
export type BlockType = 'data' | 'end' | 'who'
export interface Block {
  type: BlockType
  plain: Buffer
}

const header = z.strictObject({
  form: z.enum(['part', 'sealed']),
  session: z.string(),
  key: z.string(),
  salt: z.string(),
  started: z.number(),
})
const TYPES: readonly BlockType[] = ['data', 'end', 'who']
const MAGIC = Buffer.from('TWREC1\r\n')
const BLOCK_HEAD = 12
const TAG = 16
const TAGGED = { authTagLength: TAG }
/** Most plain bytes a block holds. */
export const BLOCK = 1024 ** 2

export function encodeHeader(value: Header): Buffer {
  const json = Buffer.from(JSON.stringify(value))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(json.length)
  return Buffer.concat([MAGIC, length, json])
}

const fileKey = (personKey: KeyObject, encodedHeader: Buffer, salt: string): KeyObject =>
  createSecretKey(
    Buffer.from(
      hkdfSync(
        'sha256',
        personKey,
        Buffer.from(salt, 'base64'),
        createHash('sha256').update(encodedHeader).digest(),
        32,
      ),
    ),
  )

/** Seals the blocks of one file, in order. */
export class BlockSealer {
  readonly #key: KeyObject
  readonly #nonce = Buffer.alloc(12)
  #attempt = 0
  #index = 0

  constructor(personKey: KeyObject, encodedHeader: Buffer, salt: string) {
    this.#key = fileKey(personKey, encodedHeader, salt)
  }

  /** The pieces of the next block; `plain` together at most BLOCK bytes. */
  next(type: BlockType, plain: readonly Uint8Array[]): Buffer[] {
    let length = 0
    for (const piece of plain) length += piece.length
    const head = Buffer.allocUnsafe(BLOCK_HEAD)
    head.writeUInt32BE(length, 0)
    head.writeUInt32BE(this.#attempt, 4)
    head.writeUInt32BE(TYPES.indexOf(type), 8)
    nonceInto(this.#nonce, TYPES.indexOf(type), this.#attempt, this.#index++)
    const cipher = createCipheriv('aes-256-gcm', this.#key, this.#nonce, TAGGED)
    const out = [head]
    for (const piece of plain) out.push(cipher.update(piece))
    cipher.final()
    out.push(cipher.getAuthTag())
    return out
  }

  /** The last `blocks` blocks were not kept: the next ones take their places, under fresh nonces. */
  retry(blocks: number): void {
    this.#index -= blocks
    this.#attempt++
  }
}

function nonceInto(nonce: Buffer, type: number, attempt: number, index: number): void {
  nonce.writeUInt8(type, 0)
  nonce.writeUIntBE(attempt, 1, 3)
  nonce.writeUInt32BE(Math.floor(index / 2 ** 32), 4)
  nonce.writeUInt32BE(index % 2 ** 32, 8)
}

/** `cut`: the bytes end inside a block. `altered`: a block, or the header, is not what was written. */
export class BlockDamage extends Error {
  readonly kind: 'cut' | 'altered'
  constructor(kind: 'cut' | 'altered') {
    super(kind)
    this.kind = kind
  }
}

/** The header, before anything is proven, and then the blocks. @throws BlockDamage */
export async function readHeader(source: AsyncIterable<Uint8Array>) {
  const bytes = new Pull(source)
  const close = () => bytes.close()
  try {
    const start = await bytes.take(MAGIC.length + 4)
    if (!start.subarray(0, MAGIC.length).equals(MAGIC)) throw new BlockDamage('altered')
    const length = start.readUInt32BE(MAGIC.length)
    if (length > 64 * 1024) throw new BlockDamage('altered')
    const json = await bytes.take(length)
    const parsed = header.safeParse(jsonOf(json))
    if (!parsed.success) throw new BlockDamage('altered')
    const encoded = Buffer.concat([start, json])
    const blocks = (personKey: KeyObject) => openBlocks(bytes, fileKey(personKey, encoded, parsed.data.salt))
    return { header: parsed.data, blocks, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function* openBlocks(bytes: Pull, key: KeyObject): AsyncGenerator<Block> {
  const nonce = Buffer.alloc(12)
  for (let index = 0; !(await bytes.ended()); index++) {
    const head = await bytes.take(BLOCK_HEAD)
    const length = head.readUInt32BE(0)
    const attempt = head.readUInt32BE(4)
    const type = TYPES[head.readUInt32BE(8)]
    if (length > BLOCK || attempt >= 2 ** 24 || type === undefined) throw new BlockDamage('altered')
    const sealed = await bytes.take(length + TAG)
    nonceInto(nonce, TYPES.indexOf(type), attempt, index)
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, TAGGED)
    decipher.setAuthTag(sealed.subarray(length))
    const plain = decipher.update(sealed.subarray(0, length))
    try {
      decipher.final()
    } catch {
      throw new BlockDamage('altered')
    }
    yield { type, plain }
  }
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

/** Takes exactly as many bytes as asked from a source of chunks. */
class Pull {
  readonly #chunks: AsyncIterator<Uint8Array>
  #held: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]()
  }

  async ended(): Promise<boolean> {
    return this.#held.length === 0 && !(await this.#more(1))
  }

  async take(n: number): Promise<Buffer> {
    if (this.#held.length < n && !(await this.#more(n))) throw new BlockDamage('cut')
    const taken = this.#held.subarray(0, n)
    this.#held = this.#held.subarray(n)
    return taken
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #more(n: number): Promise<boolean> {
    const pieces = [this.#held]
    let size = this.#held.length
    while (size < n) {
      const next = await this.#chunks.next()
      if (next.done) break
      pieces.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength))
      size += next.value.length
    }
    this.#held = Buffer.concat(pieces)
    return size >= n
  }
}
