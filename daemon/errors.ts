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
  TW_CONFIG_RULES: {
    status: 500,
    message: 'The rules that {file} names under detectors.sigma cannot be read: {reason}',
    hint: 'A signature covers them too: have them beside the config where it is signed, under the same names.',
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
  TW_LOGIN_PROVIDER: {
    status: 500,
    message: 'There is no provider {provider} to log in with; there are: {known}.',
    hint: 'Choose one with --provider. An admin adds them under identity.oidc[].device.',
  },
  TW_LOGIN_SERVER: {
    status: 500,
    message: '{server} does not say how to log in: {reason}.',
    hint: 'Give the address of the console, with https:// unless it is this machine’s own.',
  },
  TW_LOGIN_NONE: {
    status: 500,
    message: 'Nobody is logged in{provider}.',
    hint: 'Run `tracewarden login`.',
  },
  TW_LOGIN_OVER: {
    status: 500,
    message: 'The login with {provider} is over.',
    hint: 'Run `tracewarden login` again.',
  },
  TW_LOGIN_FILE: {
    status: 500,
    message: 'The credentials in {file} cannot be used: {reason}.',
    hint: 'It must be yours alone (chmod 600). If it is broken remove it and run `tracewarden login`.',
  },
  TW_RECONCILE_NOTHING: {
    status: 500,
    message: 'The config has no {protocol} connection, so there is nothing to compare {format} logs with.',
    hint: 'Name the config of the gateway that stands before that store with --config.',
  },
  TW_CANARIES_REFUSED: {
    status: 500,
    message: 'The credentials of decoys are for admins, who say why they ask.',
    hint: 'Name one with --as, who has a role of policy.admins ({needed}), and give a --reason. Without --values anybody here may list them.',
  },
  TW_ERASE_REFUSED: {
    status: 500,
    message: '{by} may not erase {user}.',
    hint: 'An admin of policy.admins ({needed}), who is not the person themselves, is named with --as and gives a --reason.',
  },
  TW_ERASE_ACTIVE: {
    status: 500,
    message: '{user} is not suspended.',
    hint: 'Suspend them on their page of the console, so that nothing of them is recorded anew; then erase.',
  },
  TW_ERASE_UNDER_INVESTIGATION: {
    status: 500,
    message: 'Alert {alert} about {user} is not closed.',
    hint: 'Close what is open about the person first: recordings are evidence, and erasing them cannot be taken back.',
  },
  TW_USER_UNKNOWN: {
    status: 500,
    message: 'There is no user {user}.',
    hint: 'Users stand under identity.users in the config.',
  },
} as const satisfies ErrorTable

export const fail = errorsOf(daemonErrors)
