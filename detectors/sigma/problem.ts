import { fail } from '../errors.ts'

export interface Place {
  file: string
  /** 1-based. */
  line: number
  column: number
}

/** What is wrong with a rule, and where. */
export interface SigmaProblem extends Place {
  code: SigmaCode
  message: string
}

export type SigmaCode = 'TW_DETECTORS_SIGMA_INVALID' | 'TW_DETECTORS_SIGMA_UNSUPPORTED'

export const problemAt = (place: Place, code: SigmaCode, reason: string): SigmaProblem => ({
  ...place,
  code,
  message: `${fail(code, { reason }).message} (${code})`,
})

/** Thrown inside the compiler; the reader gives it the place of what it was compiling. */
export class Refusal extends Error {
  readonly code: SigmaCode
  /** Below what was being compiled. */
  readonly path: readonly PropertyKey[]

  constructor(code: SigmaCode, reason: string, path: readonly PropertyKey[] = []) {
    super(reason)
    this.code = code
    this.path = path
  }
}

export const invalid = (reason: string, path?: readonly PropertyKey[]) =>
  new Refusal('TW_DETECTORS_SIGMA_INVALID', reason, path)
export const unsupported = (reason: string, path?: readonly PropertyKey[]) =>
  new Refusal('TW_DETECTORS_SIGMA_UNSUPPORTED', reason, path)
