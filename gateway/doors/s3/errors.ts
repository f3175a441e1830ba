import { errorsOf } from '../../../core/errors.ts'

export const s3Errors = {
  TW_S3_UNAUTHENTICATED: {
    status: 403,
    message: 'The request carries no signature.',
    hint: 'Sign it with an access key of your own: an admin makes one with `tracewarden token create --s3`.',
  },
  TW_S3_SIGNATURE_FORM: {
    status: 400,
    message: 'The signature cannot be read: {problem}.',
    hint: 'Sign with AWS Signature Version 4 for service s3, all x-amz-* headers and host among the signed ones.',
  },
  TW_S3_SIGNATURE: {
    status: 403,
    message: 'The signature does not match what was sent.',
    hint: 'Check secret key, endpoint and region; a proxy that changes path or headers breaks the signature too.',
  },
  TW_S3_REGION: {
    status: 400,
    message: 'The signature is for another region than {region}.',
    hint: 'Set the client’s region to {region}.',
  },
  TW_S3_SKEW: {
    status: 403,
    message: 'The time of the request is more than 15 minutes from the gateway’s.',
    hint: 'Set the clock of the client; a request that was kept this long cannot be sent again.',
  },
  TW_S3_PRESIGNED: {
    status: 403,
    message: 'Presigned URLs are not accepted here, or not for so long.',
    hint: 'Read with your own access key; an admin can allow short-lived ones with `presigned` of the connection.',
  },
  TW_S3_PRESIGNED_EXPIRED: {
    status: 403,
    message: 'The presigned URL has expired.',
    hint: 'Make another one.',
  },
  TW_S3_SUSPENDED: {
    status: 403,
    message: 'Your access is suspended.',
    hint: 'Ask the security team; it is they who can restore it.',
  },
  TW_S3_TARGET: {
    status: 400,
    message: 'The request target is not in its one canonical form: {technique}.',
    hint: 'Send an origin-form path, percent-encoded once; keys have no `.`, `..` or empty segments here.',
  },
  TW_S3_HEADERS: {
    status: 400,
    message: 'The request headers are ambiguous or not offered here: {technique}.',
    hint: 'Send each header once, without session tokens, encryption keys of your own or response overrides.',
  },
  TW_S3_METHOD: {
    status: 405,
    message: 'The method {method} is not offered here.',
    hint: 'Use GET, HEAD, PUT, POST or DELETE.',
  },
  TW_S3_NO_BUCKET: {
    status: 404,
    message: 'There is no such bucket behind this door.',
    hint: 'ListBuckets names those there are; an admin can add it to `buckets` of the connection.',
  },
  TW_S3_BUCKET_EXISTS: {
    status: 409,
    message: 'The bucket is there already.',
    hint: 'Go on: nothing had to be made.',
  },
  TW_S3_NO_KEY: {
    status: 404,
    message: 'There is no such object.',
    hint: 'ListObjectsV2 names those there are.',
  },
  TW_S3_NO_UPLOAD: {
    status: 404,
    message: 'There is no such upload.',
    hint: 'It was completed or aborted; begin anew.',
  },
  TW_S3_ARGUMENT: {
    status: 400,
    message: 'The argument {name} is not valid here: {problem}.',
    hint: 'See docs/s3.md for what is offered.',
  },
  TW_S3_RANGE: {
    status: 416,
    message: 'The range lies beyond the end of the object.',
    hint: 'Lengths are those of the masked object: ask HeadObject.',
  },
  TW_S3_PRECONDITION: {
    status: 412,
    message: 'A condition of the request does not hold.',
    hint: 'ETags are those of the masked object: ask HeadObject.',
  },
  TW_S3_DIGEST: {
    status: 400,
    message: 'What was sent is not what its {what} says.',
    hint: 'Send it again; nothing was stored.',
  },
  TW_S3_CHUNKED: {
    status: 400,
    message: 'The aws-chunked body is malformed: {problem}.',
    hint: 'Send it again; nothing was stored.',
  },
  TW_S3_INCOMPLETE: {
    status: 400,
    message: 'The body ended before its announced length, or went on beyond it.',
    hint: 'Send it again; nothing was stored.',
  },
  TW_S3_TOO_LARGE: {
    status: 400,
    message: 'The body is larger than {limit} bytes.',
    hint: 'Upload in parts, or ask an admin to raise max_upload of this connection.',
  },
  TW_S3_LENGTH: {
    status: 411,
    message: 'The length of the body is not announced.',
    hint: 'Send content-length, and x-amz-decoded-content-length where the body is aws-chunked.',
  },
  TW_S3_XML: {
    status: 400,
    message: 'The XML body cannot be taken: {problem}.',
    hint: 'Send the document as the SDKs do: UTF-8, no document type, no entities.',
  },
  TW_S3_FORMAT: {
    status: 403,
    message: 'The object cannot be masked, so it is not shown: {reason}.',
    hint: 'JSON, NDJSON, CSV and Parquet are read, plain or gzipped; an admin can say what others are in `formats`.',
  },
  TW_S3_OBJECT_TOO_LARGE: {
    status: 403,
    message: 'The object is larger than {limit} bytes, unpacked, and cannot be masked.',
    hint: 'Ask an admin to raise {option} of this connection, or have the object split.',
  },
  TW_S3_WITHHELD: {
    status: 403,
    message: 'The answer could not be judged and is withheld: {reason}.',
    hint: 'What cannot be masked is not shown; tell an admin which object this was.',
  },
  TW_S3_BACKEND_UNREACHABLE: {
    status: 503,
    message: 'The S3 service behind the gateway cannot be reached.',
    hint: 'Try again; if it lasts, the admin should look at the connection’s backend.',
  },
  TW_S3_BACKEND_TIMEOUT: {
    status: 503,
    message: 'The S3 service behind the gateway did not answer in time.',
    hint: 'Try again, or ask an admin to raise timeout of this connection.',
  },
  TW_S3_BACKEND_BROKEN: {
    status: 502,
    message: 'The S3 service behind the gateway broke off or answered something that is not S3.',
    hint: 'Try again; nothing of this answer was shown.',
  },
  TW_S3_BACKEND_AUTH: {
    status: 502,
    message: 'The S3 service behind the gateway does not accept the gateway’s own credential for this.',
    hint: 'The admin should look at access_key_id and secret_access_key of this connection, and what they may do.',
  },
  TW_S3_BACKEND_ERROR: {
    status: 502,
    message: 'The S3 service behind the gateway failed with {code}; its text is withheld.',
    hint: 'Its own log has the reason.',
  },
  TW_S3_DISK: {
    status: 503,
    message: 'The gateway has no room for the masked copy.',
    hint: 'The admin should look at the disk under `data`.',
  },
  TW_S3_BUSY: {
    status: 503,
    message: 'The gateway closes this door, or masks as many objects as it can.',
    hint: 'Try again in a moment.',
  },
  TW_S3_CLIENT_GONE: {
    status: 499,
    message: 'The client went away before the answer was complete.',
    hint: 'What went out until then is on record.',
  },
  TW_S3_INTERNAL: {
    status: 500,
    message: 'The gateway failed; nothing was shown.',
    hint: 'Its log has the reason under this request id.',
  },
} as const

export const fail = errorsOf(s3Errors)
