import { errorsOf } from '../core/errors.ts'

export const detectorsErrors = {
  TW_DETECTORS_BASELINE_UNTRUSTED: {
    status: 500,
    message: 'The baseline of {id} cannot be used: {reason}',
    hint: 'It was changed by something other than the detectors, or is of another version. It is rebuilt from the events in the store.',
  },
  TW_DETECTORS_LEASE_LOST: {
    status: 503,
    message: 'Another process took over users that this one detected for, as {holder}',
    hint: 'Nothing is to be done: this one reads again what it still holds, and takes over again if the other stops.',
  },
  TW_DETECTORS_LABELS_INVALID: {
    status: 400,
    message: 'The labels in {file} cannot be used: {reason}',
    hint: 'Give one JSON object a line: {"incident","kind","user","from","to"}, times in RFC 3339.',
  },
  TW_DETECTORS_CONFIG_INVALID: {
    status: 400,
    message: 'The detectors’ config cannot be used: {reason}',
    hint: 'Run `tracewarden check`: it names file, line and what was expected.',
  },
  TW_DETECTORS_SIGMA_INVALID: {
    status: 400,
    message: 'The Sigma rule cannot be used: {reason}',
    hint: 'Mend the rule; docs/sigma.md says what is read and which fields there are.',
  },
  TW_DETECTORS_SIGMA_UNSUPPORTED: {
    status: 400,
    message: 'The Sigma rule asks for what is not supported: {reason}',
    hint: 'Say it over the fields of one session event; docs/sigma.md lists what is read. A rule is never taken in part.',
  },
} as const

export const fail = errorsOf(detectorsErrors)
