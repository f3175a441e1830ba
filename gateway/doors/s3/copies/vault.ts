import { createCipheriv, createDecipheriv } from 'node:crypto'
import { type FileHandle, mkdir, open, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Random } from '../../../../core/random.ts'
import { fail } from '../errors.ts'

/**
 * Files that only this process can read: each is encrypted in blocks of AES-256-GCM under a key of its own, which is
 * never written down. Blocks can be read in any order; one that was changed does not open. What a process leaves
 * behind is of no use to anybody, and removed when the door opens again.
 */
export interface Vault {
  create(): Promise<SealedWriter>
  /** Removes everything. */
  clear(): Promise<void>
}

export interface SealedFile {
  readonly size: number
  /** Bytes from `start` to before `end`, a block at a time. @throws TW_S3_DISK where a block is not as it was written */
  read(start: number, end: number): AsyncGenerator<Buffer>
  /** Readers that are under way may end. */
  remove(): Promise<void>
}

export interface SealedWriter {
  readonly size: number
  write(bytes: Uint8Array): Promise<void>
  end(): Promise<SealedFile>
  /** Gives up; nothing is left. */
  abort(): Promise<void>
}

export const BLOCK = 256 * 1024
const TAG = 16

export async function openVault(directory: string, random: Random): Promise<Vault> {
  const clear = async () => {
    await rm(directory, { recursive: true, force: true })
  }
  await clear()
  await mkdir(directory, { recursive: true, mode: 0o700 })
  return {
    async create() {
      const path = join(directory, random.bytes(16).toString('hex'))
      return new Writer(path, await open(path, 'wx', 0o600).catch(noRoom), random.bytes(32))
    },
    clear,
  }
}

const noRoom = (cause: unknown): never => {
  throw fail('TW_S3_DISK', {}, cause)
}

const nonce = (block: number) => {
  const bytes = Buffer.alloc(12)
  bytes.writeUIntBE(block, 6, 6)
  return bytes
}

class Writer implements SealedWriter {
  readonly #path: string
  readonly #file: FileHandle
  readonly #key: Buffer
  readonly #block = Buffer.allocUnsafeSlow(BLOCK)
  #filled = 0
  #blocks = 0
  size = 0

  constructor(path: string, file: FileHandle, key: Buffer) {
    this.#path = path
    this.#file = file
    this.#key = key
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + BLOCK - this.#filled)
      this.#block.set(piece, this.#filled)
      this.#filled += piece.length
      this.size += piece.length
      at += piece.length
      if (this.#filled === BLOCK) await this.#flush()
    }
  }

  async #flush(): Promise<void> {
    if (this.#filled === 0) return
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce(this.#blocks++))
    const body = cipher.update(this.#block.subarray(0, this.#filled))
    const pieces = [body, cipher.final(), cipher.getAuthTag()]
    const size = this.#filled + TAG
    this.#filled = 0
    const { bytesWritten } = await this.#file.writev(pieces).catch(noRoom)
    if (bytesWritten !== size) throw fail('TW_S3_DISK')
  }

  async end(): Promise<SealedFile> {
    await this.#flush()
    await this.#file.close()
    return new Sealed(this.#path, this.#key, this.size)
  }

  async abort(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    await unlink(this.#path).catch(() => undefined)
  }
}

class Sealed implements SealedFile {
  readonly #path: string
  readonly #key: Buffer
  readonly size: number

  constructor(path: string, key: Buffer, size: number) {
    this.#path = path
    this.#key = key
    this.size = size
  }

  async *read(start: number, end: number): AsyncGenerator<Buffer> {
    if (end <= start) return
    const file = await open(this.#path, 'r').catch(noRoom)
    try {
      for (let block = Math.floor(start / BLOCK); block * BLOCK < end; block++) {
        const plain = await this.#open(file, block)
        yield plain.subarray(Math.max(0, start - block * BLOCK), Math.min(plain.length, end - block * BLOCK))
      }
    } finally {
      await file.close()
    }
  }

  async #open(file: FileHandle, block: number): Promise<Buffer> {
    const length = Math.min(BLOCK, this.size - block * BLOCK)
    const sealed = Buffer.allocUnsafe(length + TAG)
    const { bytesRead } = await file.read(sealed, 0, sealed.length, block * (BLOCK + TAG))
    if (bytesRead !== sealed.length) throw fail('TW_S3_DISK')
    const decipher = createDecipheriv('aes-256-gcm', this.#key, nonce(block))
    decipher.setAuthTag(sealed.subarray(length))
    try {
      return Buffer.concat([decipher.update(sealed.subarray(0, length)), decipher.final()])
    } catch (error) {
      throw fail('TW_S3_DISK', {}, error)
    }
  }

  async remove(): Promise<void> {
    await unlink(this.#path).catch(() => undefined)
  }
}
