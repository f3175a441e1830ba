import { type ErrorTable, errorsOf } from '../../core/errors.ts'

export const blobErrors = {
  TW_BLOB_KEY: {
    status: 500,
    message: 'The name of a blob is not safe.',
    hint: 'Segments are letters, digits, `_`, `-` and inner dots, divided by `/`, at most 128 characters each.',
  },
  TW_BLOB_UNWRITABLE: {
    status: 503,
    message: 'A blob could not be written: {reason}.',
    hint: 'Check free space and permissions of the recordings directory; writing is tried again.',
  },
  TW_BLOB_UNREADABLE: {
    status: 503,
    message: 'A blob could not be read: {reason}.',
    hint: 'Check permissions and health of the recordings directory.',
  },
} as const satisfies ErrorTable

export const fail = errorsOf(blobErrors)
