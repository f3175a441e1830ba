import type { CodedError } from '../../../core/errors.ts'

/** S3's own names for errors, as SDKs know them. What is not here goes by its status. */
const CODES: Readonly<Record<string, string>> = {
  TW_S3_SIGNATURE: 'SignatureDoesNotMatch',
  TW_S3_SIGNATURE_FORM: 'AuthorizationHeaderMalformed',
  TW_S3_REGION: 'AuthorizationHeaderMalformed',
  TW_S3_SKEW: 'RequestTimeTooSkewed',
  TW_S3_TARGET: 'InvalidURI',
  TW_S3_HEADERS: 'InvalidRequest',
  TW_S3_METHOD: 'MethodNotAllowed',
  TW_S3_NO_BUCKET: 'NoSuchBucket',
  TW_S3_BUCKET_EXISTS: 'BucketAlreadyOwnedByYou',
  TW_S3_NO_KEY: 'NoSuchKey',
  TW_S3_NO_UPLOAD: 'NoSuchUpload',
  TW_S3_ARGUMENT: 'InvalidArgument',
  TW_S3_RANGE: 'InvalidRange',
  TW_S3_PRECONDITION: 'PreconditionFailed',
  TW_S3_DIGEST: 'BadDigest',
  TW_S3_CHUNKED: 'InvalidRequest',
  TW_S3_INCOMPLETE: 'IncompleteBody',
  TW_S3_TOO_LARGE: 'EntityTooLarge',
  TW_S3_LENGTH: 'MissingContentLength',
  TW_S3_XML: 'MalformedXML',
  TW_S3_BACKEND_UNREACHABLE: 'ServiceUnavailable',
  TW_S3_BACKEND_TIMEOUT: 'ServiceUnavailable',
  TW_S3_DISK: 'ServiceUnavailable',
  TW_S3_BUSY: 'SlowDown',
  TW_AUTH_S3_KEY: 'InvalidAccessKeyId',
  TW_AUTH_EXPIRED: 'ExpiredToken',
}

/**
 * Code and status for the client. Everybody unknown is 403 in S3; and what cannot be masked is 403 too, since SDKs
 * would try a 5xx again, and again count on another answer.
 */
export function s3CodeOf(error: CodedError): { code: string; status: number } {
  const own = error.details.s3
  const withheld = error.code.startsWith('TW_MASK_')
  const status = withheld || error.status === 401 || error.status === 499 ? 403 : error.status
  if (typeof own === 'string') return { code: own, status: own === 'NotImplemented' ? 501 : status }
  const named = CODES[error.code]
  if (named !== undefined) return { code: named, status }
  return {
    code: status < 500 ? 'AccessDenied' : status === 503 ? 'ServiceUnavailable' : 'InternalError',
    status,
  }
}
