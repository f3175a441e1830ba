import { type ErrorTable, errorsOf } from '../core/errors.ts'

export const daemonErrors = {
  TW_CONFIG_MISSING: {
    status: 500,
    message: 'There is no config file {file}.',
    hint: 'Copy tracewarden.example.yaml there, or name another with --config.',
  },
  TW_CONFIG_INVALID: {
    status: 500,
    message: '{file} has {count} problem(s).',
    hint: 'Each is listed with line and column; `tracewarden check` lists them again.',
  },
  TW_CONFIG_SIGNATURES: {
    status: 500,
    message: '{file} does not hold signatures.',
    hint: 'Remove it and sign the config again with `tracewarden sign`.',
  },
  TW_CONFIG_SIGNING_KEY: {
    status: 500,
    message: '{file} is not an Ed25519 private key in PEM.',
    hint: 'Name another file; one that is not there yet is made.',
  },
  TW_CONFIG_UNSTEADY: {
    status: 500,
    message: '{file} changes while it is read.',
    hint: 'It is read again once it stands still.',
  },
  TW_ADDRESS_IN_USE: {
    status: 500,
    message: 'Something listens on {address} already.',
    hint: 'Stop it, or choose another address in the config or by a flag.',
  },
  TW_KEYS_INVALID: {
    status: 500,
    message: 'A key file cannot be used: {reason}.',
    hint: 'Restore it from a backup. A new master key would leave every recording and pseudonym unreadable.',
  },
  TW_DATA_UNUSABLE: {
    status: 500,
    message: 'The data directory {directory} cannot be used: {reason}.',
    hint: 'Give the daemon a directory that it may read and write (`data` in the config).',
  },
  TW_OUTPUT_UNWRITABLE: {
    status: 500,
    message: 'The file {file} cannot be written: {reason}.',
    hint: 'Name one in a directory that is there and may be written.',
  },
  TW_USER_UNKNOWN: {
    status: 500,
    message: 'There is no user {user}.',
    hint: 'Users stand under identity.users in the config.',
  },
} as const satisfies ErrorTable

export const fail = errorsOf(daemonErrors)
