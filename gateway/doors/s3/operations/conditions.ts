import { fail } from '../errors.ts'
import type { Sent } from '../request/headers.ts'

const tags = (header: string) =>
  header.split(',').map((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', ''))

/**
 * Conditions (RFC 9110 §13), held against what is sent, never against the backend's own validators.
 * @returns whether it is not modified. @throws TW_S3_PRECONDITION
 */
export function notModified(sent: Sent, etag: string, modified: number): boolean {
  const match = sent['if-match']
  const seconds = Math.floor(modified / 1000) * 1000
  if (match !== undefined) {
    if (match.trim() !== '*' && !tags(match).includes(etag)) throw fail('TW_S3_PRECONDITION')
  } else if (sent['if-unmodified-since'] !== undefined) {
    if (seconds > Date.parse(sent['if-unmodified-since'])) throw fail('TW_S3_PRECONDITION')
  }
  const none = sent['if-none-match']
  if (none !== undefined) return none.trim() === '*' || tags(none).includes(etag)
  const since = sent['if-modified-since']
  return since !== undefined && seconds <= Date.parse(since)
}
