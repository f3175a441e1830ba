import type { Action } from '../../../policy/facts.ts'
import type { Technique } from '../techniques.ts'
import type { Sent } from './headers.ts'
import type { Address } from './target.ts'

/**
 * An *operation* is what S3's documentation calls one. The list is an allow-list: method, what it is about, the query
 * parameters it must have and those it may have. Whatever matches nothing is unknown, and refused by policy.
 */
export interface Operation {
  name: OperationName
  method: string
  on: 'service' | 'bucket' | 'object'
  needs: readonly string[]
  may: readonly string[]
  action: Action
  /** Told of by the header that makes it this operation. */
  header?: string
  bypass?: Technique
}

export type OperationName =
  | 'ListBuckets'
  | 'HeadBucket'
  | 'CreateBucket'
  | 'GetBucketLocation'
  | 'ListObjectsV2'
  | 'ListObjects'
  | 'GetObject'
  | 'HeadObject'
  | 'PutObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'ListParts'
  | 'DeleteObject'
  | 'DeleteObjects'
  | 'CopyObject'
  | 'UploadPartCopy'
  | 'SelectObjectContent'
  | 'GetObjectTorrent'
  | 'ChangeConfiguration'
  | 'unknown'

const PAGE = ['prefix', 'delimiter', 'max-keys', 'encoding-type', 'fetch-owner']
/** Subresources that say who may do what, or where things are sent. */
const CONFIGURATION = [
  ...['accelerate', 'acl', 'analytics', 'cors', 'encryption', 'intelligent-tiering', 'inventory'],
  ...['legal-hold', 'lifecycle', 'logging', 'metrics', 'notification', 'object-lock', 'ownershipControls'],
  ...['policy', 'publicAccessBlock', 'replication', 'requestPayment', 'restore', 'retention', 'tagging'],
  ...['versioning', 'website', 'metadataTable', 'metadataConfiguration', 'renameObject'],
]

type Row = [OperationName, string, Operation['on'], Action, needs?: string[], may?: string[]]
const row = ([name, method, on, action, needs = [], may = []]: Row): Operation => ({
  name,
  method,
  on,
  action,
  needs,
  may,
})

const OPERATIONS: readonly Operation[] = [
  { ...row(['UploadPartCopy', 'PUT', 'object', 'export', ['partNumber', 'uploadId']]), ...copied() },
  { ...row(['CopyObject', 'PUT', 'object', 'export']), ...copied() },
  row(['ListBuckets', 'GET', 'service', 'search', [], ['prefix', 'max-buckets', 'bucket-region']]),
  row(['HeadBucket', 'HEAD', 'bucket', 'search']),
  row(['CreateBucket', 'PUT', 'bucket', 'write']),
  row(['GetBucketLocation', 'GET', 'bucket', 'search', ['location']]),
  row([
    'ListObjectsV2',
    'GET',
    'bucket',
    'search',
    ['list-type'],
    [...PAGE, 'start-after', 'continuation-token'],
  ]),
  row(['ListObjects', 'GET', 'bucket', 'search', [], [...PAGE, 'marker']]),
  row(['DeleteObjects', 'POST', 'bucket', 'write', ['delete']]),
  row(['GetObject', 'GET', 'object', 'read', [], ['partNumber', 'versionId']]),
  row(['HeadObject', 'HEAD', 'object', 'search', [], ['partNumber', 'versionId']]),
  row(['PutObject', 'PUT', 'object', 'write']),
  row(['CreateMultipartUpload', 'POST', 'object', 'write', ['uploads']]),
  row(['UploadPart', 'PUT', 'object', 'write', ['partNumber', 'uploadId']]),
  row(['CompleteMultipartUpload', 'POST', 'object', 'write', ['uploadId']]),
  row(['AbortMultipartUpload', 'DELETE', 'object', 'write', ['uploadId']]),
  row(['ListParts', 'GET', 'object', 'write', ['uploadId'], ['max-parts', 'part-number-marker']]),
  row(['DeleteObject', 'DELETE', 'object', 'write']),
  row(['SelectObjectContent', 'POST', 'object', 'export', ['select'], ['select-type']]),
  row(['GetObjectTorrent', 'GET', 'object', 'export', ['torrent']]),
]

function copied(): Pick<Operation, 'header' | 'bypass'> {
  return { header: 'x-amz-copy-source', bypass: 'server-side-copy' }
}

const SIGNATURE = /^X-Amz-(?:Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Content-Sha256)$/

/** What the query says beyond the signature and the SDKs' own `x-id`. */
export const argumentsOf = (query: readonly (readonly [string, string])[]): Map<string, string> =>
  new Map(
    query.filter(([name]) => !SIGNATURE.test(name) && name !== 'x-id' && name !== 'x-amz-checksum-mode'),
  )

export function operationOf(
  method: string,
  { bucket, key }: Address,
  args: ReadonlyMap<string, string>,
  sent: Sent,
): Operation {
  const on = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object'
  const found = OPERATIONS.find(
    (operation) =>
      operation.method === method &&
      operation.on === on &&
      (operation.header !== undefined) === (sent['x-amz-copy-source'] !== undefined) &&
      operation.needs.every((name) => args.has(name)) &&
      [...args.keys()].every((name) => operation.needs.includes(name) || operation.may.includes(name)),
  )
  if (found) return found
  // A bucket itself is made and removed by those who own it.
  const changes = method !== 'GET' && method !== 'HEAD'
  const configures = CONFIGURATION.some((name) => args.has(name)) || on === 'bucket'
  if (changes && configures) return row(['ChangeConfiguration', method, on, 'admin'])
  return row(['unknown', method, on, changes ? 'write' : 'read'])
}
