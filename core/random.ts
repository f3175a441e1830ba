import { randomBytes } from 'node:crypto'

/** Randomness is an argument, so that a night of traffic can be replayed byte for byte. */
export interface Random {
  /** `n` unpredictable bytes. */
  bytes(n: number): Buffer
}

const POOL = 8192

/** Every byte is given out once; small wants share one call of the system, which costs more than the bytes do. */
function pooledRandom(): Random {
  let pool = Buffer.alloc(0)
  return {
    bytes(n) {
      if (n > POOL / 8) return randomBytes(n)
      if (pool.length < n) pool = randomBytes(POOL)
      const given = Buffer.from(pool.subarray(0, n))
      pool.fill(0, 0, n)
      pool = pool.subarray(n)
      return given
    },
  }
}

export const systemRandom: Random = pooledRandom()
