import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import type { z } from 'zod'
import type { Random } from '../../core/random.ts'
import type { MasterKey } from '../../core/secrets.ts'

const NONCE = 12
const TAG = 16

/**
 * Small things handed to a browser and taken back: sealed by AES-256-GCM under a key of the machine for one purpose, so
 * that nobody reads, alters or makes one without it. `c1` in front names the form.
 */
export class Seal<T> {
  readonly #version: string
  readonly #key: KeyObject
  readonly #random: Random
  readonly #shape: z.ZodType<T>
  readonly #longest: number

  constructor(
    { version, purpose, longest }: { version: string; purpose: string; longest: number },
    shape: z.ZodType<T>,
    master: MasterKey,
    random: Random,
  ) {
    this.#version = `${version}.`
    this.#key = master.derive(purpose)
    this.#random = random
    this.#shape = shape
    this.#longest = longest
  }

  seal(value: T): string {
    const nonce = this.#random.bytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(this.#version))
    const sealed = Buffer.concat([nonce, cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
    return this.#version + Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url')
  }

  /** Undefined for whatever this did not seal. */
  open(text: string): T | undefined {
    if (!text.startsWith(this.#version) || text.length > this.#longest) return undefined
    const encoded = text.slice(this.#version.length)
    const bytes = Buffer.from(encoded, 'base64url')
    // base64url has spare bits at the end: one sealed value has one spelling.
    if (bytes.length < NONCE + TAG || bytes.toString('base64url') !== encoded) return undefined
    const end = bytes.length - TAG
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE), {
        authTagLength: TAG,
      })
        .setAAD(Buffer.from(this.#version))
        .setAuthTag(bytes.subarray(end))
      const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE, end)), decipher.final()]).toString()
      return this.#shape.parse(JSON.parse(plain))
    } catch {
      return undefined
    }
  }
}
