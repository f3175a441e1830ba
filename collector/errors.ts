import { errorsOf } from '../core/errors.ts'

export const collectorErrors = {
  TW_STORE_UNAVAILABLE: {
    status: 503,
    message: 'The store does not answer: {reason}',
    hint: 'Nothing is lost: events wait in the spool. Check that the store is up and reachable; it is tried again.',
  },
  TW_STORE_CONFLICT: {
    status: 409,
    message: 'The {kind} {id} was changed by someone else',
    hint: 'Read it again and decide again.',
  },
  TW_STORE_INVALID: {
    status: 400,
    message: 'The store cannot take this: {reason}',
    hint: 'Correct the query or document; the same one will be refused again.',
  },
  TW_STORE_REFUSED: {
    status: 500,
    message: 'The store refuses the work: {reason}',
    hint: 'Check the store user’s password and rights, and that no other program made these indices.',
  },
  TW_STORE_DAMAGED: {
    status: 500,
    message: 'The store file is damaged: {reason}',
    hint: 'Stop, keep the file for analysis, restore it from a backup; the spool holds what was not yet stored.',
  },
  TW_SPOOL_FULL: {
    status: 503,
    message: 'The spool holds {bytes} bytes that the store has not taken; the bound is {max}',
    hint: 'Nothing is released without a record. Bring the store back, or raise spool.max.',
  },
  TW_SPOOL_UNWRITABLE: {
    status: 503,
    message: 'The spool cannot be written: {reason}',
    hint: 'Nothing is released without a record. Free the disk or mend it; the next request tries again.',
  },
  TW_SPOOL_LOCKED: {
    status: 500,
    message: 'Process {pid} already writes the spool in {directory}',
    hint: 'Give every gateway its own data directory, or stop the other process.',
  },
  TW_SPOOL_DAMAGED: {
    status: 500,
    message: 'The spool cannot be read at {place}: {reason}',
    hint: 'Keep the file for analysis; `tracewarden verify` names what is missing.',
  },
  TW_IMPORT_UNREADABLE: {
    status: 400,
    message: 'The file {file} cannot be read: {reason}',
    hint: 'Give NDJSON files (plain or gzip) of session events.',
  },
} as const

export const fail = errorsOf(collectorErrors)
