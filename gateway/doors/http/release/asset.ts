import type { Door } from '../door-context.ts'
import type { Exchange } from '../exchange.ts'
import { checkAsset } from './content-type.ts'
import type { Source } from './decode.ts'
import { drained } from './drained.ts'
import { finished } from './finished.ts'
import { releaseHeaders } from './headers.ts'

/** Scripts, styles, images, pages: passed as they are, after a look at whether that is what they are. */
export async function releaseAsset(door: Door, x: Exchange, source: Source): Promise<void> {
  const { res } = x
  const head = x.head!
  let chunk = await source.read()
  checkAsset(head, chunk)
  const headers = releaseHeaders(door, x, head)
  const caching = head.headers['cache-control']
  if (caching !== undefined) headers['cache-control'] = caching
  x.releasing = true
  res.writeHead(head.status, headers)
  let bytes = 0
  for (; chunk && !x.gone; chunk = await source.read()) {
    bytes += chunk.length
    if (!res.write(chunk)) await drained(res)
  }
  if (x.gone) return source.cancel()
  res.end()
  finished(door, x, undefined, bytes)
}
