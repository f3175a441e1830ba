import { judge } from '../inquiry/judge.ts'
import type { Door } from './door-context.ts'
import { perform } from './operations/index.ts'
import { refuseRequest } from './refusal.ts'
import type { S3Request } from './s3-request.ts'
import { canonicalize, identify, route } from './steps.ts'

/**
 * The S3 door. Terms are S3's own: bucket, key, operation, part. What it adds is the *copy*: an object as one reader
 * may see it, masked, on this machine's disk. Every length, ETag, checksum and range that a client is told is the
 * copy's, never the backend's, so that clients which compare them find that they fit.
 *
 *   canonicalize ─▶ identify (signature) ─▶ route (operation) ─▶ judge ─▶ perform
 *                                                     backend ─▶ mask ─▶ copy ─▶ settle ─▶ commit ─▶ release
 *
 * Each step fills in its part of the request or throws a coded error, and a throw ends in refusal.ts.
 */
export async function serve(door: Door, x: S3Request): Promise<void> {
  try {
    canonicalize(door, x)
    await identify(door, x)
    route(door, x)
    await judge(door, x)
    await perform(door, x)
  } catch (error) {
    await refuseRequest(door, x, error)
  } finally {
    if (x.session) door.sessions.leave(x.session)
  }
}
