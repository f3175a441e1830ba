import type { BackendHead, Call } from '../backend.ts'
import type { Collected, Source } from '../release/decode.ts'
import { collect } from '../release/decode.ts'
import type { Beside, Listed, Own } from './planting.ts'
import { withFirst, withListed } from './splice.ts'

/** Up to here an answer is read whole to put a decoy into it; a longer one goes on without. */
const WHOLE = 4 * 1024 * 1024

/** An answer that is there already. */
export function given(head: BackendHead, chunks: Buffer[], rest?: Source): Call {
  let ended = rest === undefined
  return {
    head: async () => head,
    async read() {
      const chunk = chunks.shift()
      if (chunk || ended) return chunk
      const next = await rest!.read()
      ended = next === undefined
      return next && Buffer.from(next)
    },
    taken(limit) {
      if (!ended || chunks.reduce((sum, { length }) => sum + length, 0) > limit) return undefined
      return Buffer.concat(chunks.splice(0))
    },
    cancel: () => rest?.cancel(),
  }
}

export const own = ({ body, type = 'application/json' }: Own): Call =>
  given({ status: 200, headers: { 'content-type': type } }, [Buffer.from(body)])

/** The store's answer with the decoys in it. What is no plain success is passed on. */
export async function planted(call: Call, planting: Beside | Listed): Promise<Call> {
  const head = await call.head()
  const coding = head.headers['content-encoding']
  if (head.status !== 200 || (coding !== undefined && coding !== 'identity')) return call
  const { body, ended }: Collected = await collect(call, WHOLE)
  const bytes = Buffer.from(body)
  if (!ended) return given(head, [bytes], call)
  const text = bytes.toString('utf8')
  const all =
    planting.kind === 'listed'
      ? withListed(text, planting)
      : withFirst(text, planting.member, planting.elements)
  return given(head, [all === text ? bytes : Buffer.from(all)])
}
