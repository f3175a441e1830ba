import { type ErrorTable, errorsOf } from '../../core/errors.ts'

export const recordingErrors = {
  TW_RECORDING_UNWRITABLE: {
    status: 503,
    message: 'The recording cannot be written: {reason}.',
    hint: 'Nothing is shown that is not recorded. Free the disk of the data directory or mend it; the next request tries again.',
  },
  TW_RECORDING_KEY: {
    status: 503,
    message: 'The recording key of this person is not available: {reason}.',
    hint: 'Nothing is shown that is not recorded. Check that the store answers and that replicas share one master key.',
  },
  TW_RECORDING_FULL: {
    status: 503,
    message: 'The recording of this session has reached recording.max_session.',
    hint: 'Begin a new session: connect again, or wait until this one has ended.',
  },
  TW_RECORDING_CLOSED: {
    status: 503,
    message: 'The recording of this session has ended.',
    hint: 'Begin a new session: connect again.',
  },
  TW_RECORDING_EXISTS: {
    status: 503,
    message: 'A recording of this session exists already.',
    hint: 'Session ids are used once: connect again.',
  },
  TW_RECORDING_DAMAGED: {
    status: 500,
    message: 'The recording is {reason} after {frames} frames; what came before is whole.',
    hint: 'Cut short: a crash or a removed tail. Altered: somebody changed the file; look into who can write there.',
  },
  TW_RECORDING_ELSEWHERE: {
    status: 409,
    message: 'The session is still being recorded by {gateway}.',
    hint: 'Open it once it has ended and is sealed, or ask that gateway.',
  },
  TW_RECORDING_UNREADABLE: {
    status: 503,
    message: 'The recording cannot be read: {reason}.',
    hint: 'Check permissions and health of the recordings directory.',
  },
  TW_RECORDING_NONE: {
    status: 404,
    message: 'There is no recording of this session.',
    hint: 'It never was, was erased with its person, or is older than retention.recordings.',
  },
  TW_RECORDING_ROLE: {
    status: 403,
    message: 'Opening a recording needs one of the roles {roles}.',
    hint: 'Ask an admin for the role, or a colleague who has it to look.',
  },
  TW_RECORDING_OWN: {
    status: 403,
    message: 'Nobody reviews their own recording.',
    hint: 'Ask another reviewer.',
  },
  TW_RECORDING_REASON: {
    status: 400,
    message: 'Opening a recording needs a reason of 3 to 500 characters.',
    hint: 'Say why, e.g. the id of the alert or case: it is recorded with your name.',
  },
} as const satisfies ErrorTable

export const fail = errorsOf(recordingErrors)

/** What the system calls a failure (ENOSPC, EACCES…): safe to show, unlike its message, which holds paths. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
