import { createHmac, type KeyObject } from 'node:crypto'

const MODULUS = 1n << 128n

/**
 * The keyed hash grants are bound to, over rows before masking. Rows without an order come in another one each time, so
 * it is the sum of their hashes: equal for equal rows in any order.
 */
export class ContentSum {
  readonly #key: KeyObject
  #sum = 0n

  constructor(key: KeyObject) {
    this.#key = key
  }

  add(buf: Buffer, start: number, end: number): void {
    const mac = createHmac('sha256', this.#key).update(buf.subarray(start, end)).digest('hex')
    this.#sum = (this.#sum + BigInt(`0x${mac.slice(0, 32)}`)) % MODULUS
  }

  digest(): string {
    return `hmac:${this.#sum.toString(16).padStart(32, '0')}`
  }
}
