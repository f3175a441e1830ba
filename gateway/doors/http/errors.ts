import { errorsOf } from '../../../core/errors.ts'

export const httpErrors = {
  TW_HTTP_TARGET: {
    status: 400,
    message: 'The request target is not in its one canonical form: {technique}.',
    hint: 'Send an origin-form path, percent-encoded once, without `..`, `;`, empty segments or encoded slashes.',
  },
  TW_HTTP_HEADERS: {
    status: 400,
    message: 'The request headers are ambiguous or too many: {technique}.',
    hint: 'Send each of host, content-length, content-type and authorization once, and no method override.',
  },
  TW_HTTP_FRAMING: {
    status: 400,
    message: 'The length of the request is ambiguous or malformed.',
    hint: 'Send either one content-length or chunked transfer-encoding, never both, and well-formed HTTP/1.1.',
  },
  TW_HTTP_METHOD: {
    status: 405,
    message: 'The method {method} is not offered here.',
    hint: 'Use GET, HEAD, POST, PUT, PATCH or DELETE.',
  },
  TW_HTTP_TOKEN_IN_URL: {
    status: 400,
    message: 'A credential stands in the URL, where logs and histories keep it.',
    hint: 'Send it as `Authorization: Bearer …`, and revoke this one: it has been written down on its way.',
  },
  TW_HTTP_BODY_TOO_LARGE: {
    status: 413,
    message: 'The request body is larger than {limit} bytes.',
    hint: 'Send less at once, or ask an admin to raise max_body of this connection.',
  },
  TW_HTTP_BODY_INCOMPLETE: {
    status: 400,
    message: 'The request body ended before its announced length.',
    hint: 'Send the whole body.',
  },
  TW_HTTP_BODY_ENCODING: {
    status: 415,
    message: 'The request body cannot be read as its headers say.',
    hint: 'Send UTF-8, plain or with content-encoding gzip, deflate or br.',
  },
  TW_HTTP_UNAUTHENTICATED: {
    status: 401,
    message: 'Nobody is signed in.',
    hint: 'Send `Authorization: Bearer <token>` (or the token as the password of Basic), or sign in at /.tracewarden/login.',
  },
  TW_HTTP_AMBIGUOUS_CREDENTIALS: {
    status: 400,
    message: 'The request carries more than one credential.',
    hint: 'Send one: the authorization header or api_key.',
  },
  TW_HTTP_CROSS_SITE: {
    status: 403,
    message: 'Another site made your browser send this.',
    hint: 'Open the page itself; requests from other sites are not answered under your sign-in.',
  },
  TW_HTTP_SUSPENDED: {
    status: 403,
    message: 'Your access is suspended.',
    hint: 'Ask the security team; it is they who can restore it.',
  },
  TW_HTTP_BACKEND_UNREACHABLE: {
    status: 502,
    message: 'The trace store cannot be reached.',
    hint: 'Try again; if it lasts, the admin should look at the connection’s backend.',
  },
  TW_HTTP_BACKEND_TIMEOUT: {
    status: 504,
    message: 'The trace store did not answer in time.',
    hint: 'Ask for less at once, or ask an admin to raise timeout of this connection.',
  },
  TW_HTTP_BACKEND_BROKEN: {
    status: 502,
    message: 'The trace store broke off or answered something that is not HTTP.',
    hint: 'Try again; nothing of this answer was shown.',
  },
  TW_HTTP_BACKEND_HEADERS: {
    status: 502,
    message: 'The trace store sent too many headers.',
    hint: 'The admin should look at the backend; nothing of this answer was shown.',
  },
  TW_HTTP_BACKEND_REDIRECT: {
    status: 502,
    message: 'The trace store redirects to another place, round the gateway.',
    hint: 'The admin should set the backend’s own URL so that it redirects within itself.',
  },
  TW_HTTP_BACKEND_AUTH: {
    status: 502,
    message: 'The trace store does not accept the gateway’s own credential.',
    hint: 'The admin should look at `headers` of this connection.',
  },
  TW_HTTP_BACKEND_ERROR: {
    status: 502,
    message: 'The trace store failed with status {status}; its text is withheld.',
    hint: 'The store’s own log has the reason; error texts can quote what is hidden.',
  },
  TW_HTTP_CONTENT_TYPE: {
    status: 502,
    message: 'The trace store answered with a content type that does not belong to this route: {type}.',
    hint: 'What cannot be classified is withheld; ask an admin whether the route is described rightly.',
  },
  TW_HTTP_CONTENT_ENCODING: {
    status: 502,
    message: 'The trace store’s answer cannot be decompressed.',
    hint: 'The gateway asks for identity and reads gzip, deflate and br; nothing of this answer was shown.',
  },
  TW_HTTP_MULTIPART: {
    status: 502,
    message: 'The trace store’s multipart answer is malformed: {problem}.',
    hint: 'Nothing more of this answer was shown; the admin should look at the backend.',
  },
  TW_HTTP_WITHHELD: {
    status: 502,
    message: 'The answer could not be judged and is withheld: {reason}.',
    hint: 'What cannot be masked is not shown; tell an admin which request this was.',
  },
  TW_HTTP_DRAINING: {
    status: 503,
    message: 'The gateway is closing this door.',
    hint: 'Try again in a moment.',
  },
  TW_HTTP_CLIENT_GONE: {
    status: 499,
    message: 'The client went away before the answer was complete.',
    hint: 'What went out until then is on record.',
  },
  TW_HTTP_INTERNAL: {
    status: 500,
    message: 'The gateway failed; nothing was shown.',
    hint: 'Its log has the reason under this request id.',
  },
  TW_HTTP_SIGN_IN: {
    status: 400,
    message: 'The sign-in form was not filled in.',
    hint: 'Paste a token into the field, or ask an admin for one.',
  },
} as const

export const fail = errorsOf(httpErrors)
