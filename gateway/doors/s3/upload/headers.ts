import type { Sent } from '../request/headers.ts'

/** What of an upload's head goes on to the backend. Rights, keys and redirects never do. */
const FORWARD = new Set([
  'cache-control',
  'content-disposition',
  'content-language',
  'content-md5',
  'content-type',
  'if-none-match',
  'x-amz-checksum-algorithm',
  'x-amz-checksum-type',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-storage-class',
])
const FORWARD_PREFIX = /^x-amz-(?:meta-[\x21-\x7e]{1,120}|checksum-(?:crc32|crc32c|crc64nvme|sha1|sha256))$/

export function uploadHeaders(
  sent: Sent,
  trailers: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(sent))
    if (FORWARD.has(name) || FORWARD_PREFIX.test(name)) headers[name] = value
  const coding = (sent['content-encoding'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name.toLowerCase() !== 'aws-chunked')
  if (coding.length) headers['content-encoding'] = coding.join(', ')
  // The backend checks them against what it stores.
  return { ...headers, ...trailers }
}
