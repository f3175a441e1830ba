import { CodedError } from '../../core/errors.ts'

/** Somebody else wrote the document meanwhile: read it again and decide again. */
export const isConflict = (error: unknown): boolean =>
  error instanceof CodedError && error.code === 'TW_STORE_CONFLICT'
