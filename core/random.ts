import { randomBytes } from 'node:crypto'

/** Randomness is an argument, so that a night of traffic can be replayed byte for byte. */
export interface Random {
  /** `n` unpredictable bytes. */
  bytes(n: number): Buffer
}

export const systemRandom: Random = { bytes: (n) => randomBytes(n) }
