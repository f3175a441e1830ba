import { hash } from 'node:crypto'
import type { Random } from '../../core/random.ts'

/**
 * Randomness that is the same in every run: ids, secrets and nonces of a test do not differ from one run to the next,
 * so that what met them once meets them always. One for all replicas of a test, or they draw alike.
 */
export function testRandom(seed: string): Random {
  let block = 0
  let pool = Buffer.alloc(0)
  return {
    bytes(n) {
      while (pool.length < n) pool = Buffer.concat([pool, hash('sha512', `${seed} ${block++}`, 'buffer')])
      const given = pool.subarray(0, n)
      pool = pool.subarray(n)
      return Buffer.from(given)
    },
  }
}
