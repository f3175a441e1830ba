import type { CodedError, ErrorTable } from '../../../core/errors.ts'
import { errorsOf } from '../../../core/errors.ts'

/** What the wire half of the PostgreSQL door says no with. Never a literal, never what the server quoted. */
export const postgresErrors = {
  TW_PG_FRAME: {
    status: 400,
    message: 'The bytes received are not a message of the PostgreSQL protocol: {problem}.',
    hint: 'Connect with a PostgreSQL client; the connection is closed because its framing is lost.',
  },
  TW_PG_TOO_LARGE: {
    status: 413,
    message: 'A message is larger than {limit} bytes.',
    hint: 'Send less in one statement.',
  },
  TW_PG_STARTUP: {
    status: 400,
    message: 'The connection cannot begin like this: {problem}.',
    hint: 'Use a client that speaks protocol 3.0 and sends UTF-8; docs/postgres.md lists what may be set.',
  },
  TW_PG_BEFORE_TLS: {
    status: 400,
    message: 'Bytes were sent in clear where TLS was to begin.',
    hint: 'Nothing of them was read. If your client did not send them, somebody on the way did.',
  },
  TW_PG_PLAINTEXT: {
    status: 403,
    message: 'This door takes no connections without TLS.',
    hint: 'Set sslmode=require (better verify-full); the password is a token that must not cross the network in clear.',
  },
  TW_PG_DATABASE: {
    status: 404,
    message: 'This door leads to the database {database} only.',
    hint: 'Connect with dbname={database}.',
  },
  TW_PG_REPLICATION: {
    status: 403,
    message: 'Replication connections are refused.',
    hint: 'They carry every row unmasked; use queries.',
  },
  TW_PG_UNAUTHENTICATED: {
    status: 401,
    message: 'The password is not a credential that is known here.',
    hint: 'Send a token as the password: an OIDC access token, or one made with `tracewarden token create`.',
  },
  TW_PG_LOGIN_TIMEOUT: {
    status: 408,
    message: 'The client did not finish connecting in time.',
    hint: 'Try again.',
  },
  TW_PG_TOO_MANY: {
    status: 503,
    message: 'Too many connections are beginning at once.',
    hint: 'Try again in a moment.',
  },
  TW_PG_PROTOCOL: {
    status: 400,
    message: 'The message does not fit here: {problem}.',
    hint: 'The statement was not run. If your client is unchanged, tell an admin which one it is.',
  },
  TW_PG_FUNCTION_CALL: {
    status: 403,
    message: 'Function calls by message (fast path, large objects) are refused.',
    hint: 'Call the function in a SELECT, if it is one that may be called.',
  },
  TW_PG_COPY: {
    status: 403,
    message: 'This COPY cannot be masked: {problem}.',
    hint: 'Use COPY (SELECT …) TO STDOUT in text or CSV format, or a SELECT.',
  },
  TW_PG_UNKNOWN: {
    status: 404,
    message: 'There is no {what} of that name in this session.',
    hint: 'It was closed, or ended with its transaction.',
  },
  TW_PG_CHANGED: {
    status: 409,
    message: 'The tables behind this statement have changed since it was prepared.',
    hint: 'Prepare it again.',
  },
  TW_PG_WITHHELD: {
    status: 502,
    message: 'The answer could not be judged and is withheld: {reason}.',
    hint: 'What cannot be masked is not shown; tell an admin which statement this was.',
  },
  TW_PG_BACKEND_UNREACHABLE: {
    status: 502,
    message: 'The database cannot be reached.',
    hint: 'Try again; if it lasts, the admin should look at `backend` of this connection.',
  },
  TW_PG_BACKEND_AUTH: {
    status: 502,
    message: 'The database does not accept the gateway: {problem}.',
    hint: 'The admin should look at `backend` of this connection: SCRAM-SHA-256, and TLS as configured.',
  },
  TW_PG_BACKEND_ROLE: {
    status: 502,
    message: 'The gateway’s own role at the database may do more than read: {problem}.',
    hint: 'The admin gives it a role that owns nothing, is no superuser and cannot bypass row security.',
  },
  TW_PG_BACKEND_VERSION: {
    status: 502,
    message: 'The database is {problem}, with which this door was not tested.',
    hint: 'Tested are PostgreSQL 14 to 18 with server encoding UTF8.',
  },
  TW_PG_BACKEND_GONE: {
    status: 502,
    message: 'The database broke the connection off.',
    hint: 'Connect again; what was shown until then is on record.',
  },
  TW_PG_BACKEND_ERROR: {
    status: 502,
    message: '{message}',
    hint: 'The server’s own log has the details; error texts can quote what is hidden.',
  },
  TW_PG_CANCELLED: {
    status: 499,
    message: 'The statement was cancelled by its client.',
    hint: 'What went out until then is on record.',
  },
  TW_PG_CLIENT_GONE: {
    status: 499,
    message: 'The client went away before the answer was complete.',
    hint: 'What went out until then is on record.',
  },
  TW_PG_DRAINING: {
    status: 503,
    message: 'The gateway is closing this door.',
    hint: 'Connect again in a moment.',
  },
  TW_PG_INTERNAL: {
    status: 500,
    message: 'The gateway failed; nothing more was shown.',
    hint: 'Its log has the reason.',
  },
} as const satisfies ErrorTable

export const fail = errorsOf(postgresErrors)

/** SQLSTATE of what is not plain insufficient privilege (42501). */
const STATES: Readonly<Record<string, string>> = {
  TW_PG_FRAME: '08P01',
  TW_PG_TOO_LARGE: '54000',
  TW_PG_STARTUP: '22023',
  TW_PG_BEFORE_TLS: '08P01',
  TW_PG_PLAINTEXT: '28000',
  TW_PG_DATABASE: '3D000',
  TW_PG_REPLICATION: '0A000',
  TW_PG_UNAUTHENTICATED: '28P01',
  TW_PG_LOGIN_TIMEOUT: '57014',
  TW_PG_TOO_MANY: '53300',
  TW_PG_PROTOCOL: '08P01',
  TW_PG_COPY: '0A000',
  TW_PG_UNKNOWN: '26000',
  TW_PG_CHANGED: '0A000',
  TW_PG_WITHHELD: '58000',
  TW_PG_BACKEND_UNREACHABLE: '08001',
  TW_PG_BACKEND_AUTH: '08004',
  TW_PG_BACKEND_ROLE: '08004',
  TW_PG_BACKEND_VERSION: '08004',
  TW_PG_BACKEND_GONE: '08006',
  TW_PG_CANCELLED: '57014',
  TW_PG_CLIENT_GONE: '08006',
  TW_PG_DRAINING: '57P01',
  TW_PG_INTERNAL: 'XX000',
  TW_DOOR_UNRECORDED: '53100',
  TW_AUTH_SUSPENDED: '28000',
  TW_AUTH_STALE: '57P03',
  TW_AUTH_STORE_DOWN: '57P03',
  TW_AUTH_PROVIDER_DOWN: '57P03',
}

/** What clients tell errors apart by. */
export function sqlstateOf(error: CodedError): string {
  const own = error.details.sqlstate
  if (typeof own === 'string' && /^[0-9A-Z]{5}$/.test(own)) return own
  return STATES[error.code] ?? (error.code.startsWith('TW_AUTH_') ? '28P01' : '42501')
}
