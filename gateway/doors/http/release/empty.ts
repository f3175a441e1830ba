import { commit } from '../../inquiry/commit.ts'
import { draftOf } from '../../inquiry/event.ts'
import type { Door } from '../door-context.ts'
import type { Exchange } from '../exchange.ts'
import { finished } from './finished.ts'
import { endFrame, openingFrames } from './frames.ts'
import { releaseHeaders } from './headers.ts'

/** An answer without a body: HEAD, redirects, no content. The store's length would tell the size of what is hidden. */
export async function releaseEmpty(door: Door, x: Exchange): Promise<void> {
  const headers = releaseHeaders(door, x, x.head!)
  if (x.response!.kind !== 'asset') {
    const draft = draftOf(door, x, { outcome: 'success', bytes: 0 })
    await commit(door, x, [draft], [...openingFrames(x, x.head!), endFrame(x, door.clock.now())])
  }
  x.releasing = true
  if (x.head!.status >= 300) headers['content-length'] = 0
  x.res.writeHead(x.head!.status, headers)
  x.res.end()
  finished(door, x, undefined, 0)
}
