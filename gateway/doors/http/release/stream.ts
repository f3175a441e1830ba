import type { ResponseFacts } from '../../../policy/facts.ts'
import { claim } from '../../inquiry/approve.ts'
import { settle } from '../../inquiry/settle.ts'
import type { BodyType } from '../bodies/body-masker.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { forward } from '../steps/forward.ts'
import { bodyKind, contentTypeOf } from './content-type.ts'
import { type Collected, collect, decodedSource, type Source } from './decode.ts'
import { discover } from './discover.ts'
import { Segments } from './segments.ts'
import { planOf } from './whole.ts'

export interface Incoming {
  source: Source
  /** What was read before it was clear that this is not to be held whole. */
  first: Collected
  /** Released as it comes. */
  live: boolean
}

/** Releases a large or endless answer in segments, each of them judged and on disk before it goes out. */
export async function releaseStream(
  door: Door,
  x: Exchange,
  type: BodyType,
  incoming: Incoming,
): Promise<void> {
  let { source, first } = incoming
  let content: string | undefined
  if (!incoming.live && lookThrough(door, x)) {
    const known = await discovered(door, x, type, source, first)
    content = known.content
    await claim(door, x, known.traceIds)
    await Promise.resolve(forward(door, x))
    // The same question again must be answered in kind; what it says is judged by segment.
    bodyKind(type.kind, x.head!)
    if (x.head!.status >= 400) throw fail('TW_HTTP_BACKEND_ERROR', { status: x.head!.status })
    source = decodedSource(x.call!, x.head!)
    first = await collect(source, 0)
  }
  const current: BodyType = { kind: type.kind, header: contentTypeOf(x.head!).header }
  await new Segments(door, x, current, source, first, incoming.live, content).run()
}

/** Content is looked through before any of it goes out; where it is hidden, or only observed, there is nothing to ask. */
function lookThrough(door: Door, x: Exchange): boolean {
  const { action } = x.facts!
  if (door.connection.mode === 'observe' || action === 'write' || action === 'admin') return false
  return !x.decision!.obligations.hideContent
}

async function discovered(
  door: Door,
  x: Exchange,
  type: BodyType,
  source: Source,
  first: Collected,
): Promise<ResponseFacts & { content: string }> {
  const plan = planOf(door, x, x.decision!)
  const known = await discover(door, x, type, plan, source, first)
  x.decision = await settle(door, x, () => known)
  return known
}
