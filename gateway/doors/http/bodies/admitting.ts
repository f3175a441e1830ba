import type { Masker, MaskPlan } from '../../../masking/masker.ts'
import { merge, nothingObserved } from '../../../masking/observed.ts'
import { fail } from '../errors.ts'
import type { BodyKind } from '../release/content-type.ts'
import { endOfEvent, MAX_EVENT } from './sse-masker.ts'

type Admit = NonNullable<MaskPlan['shape']['admit']>

/**
 * A masker that shows only documents the route admits (`ResponseShape.admit`): of a stream of events the others are
 * left out, as if the store had not sent them; a body that is none of them is withheld whole.
 * @throws TW_HTTP_WITHHELD
 */
export function createAdmittingMasker(make: () => Masker, kind: BodyKind, admit: Admit): Masker {
  let masker = make()
  const before = nothingObserved()
  let held = Buffer.alloc(0)
  /** Ends what is being masked: all of it goes out. */
  const flush = (): Uint8Array => {
    const rest = masker.end()
    merge(before, masker.observed)
    masker = make()
    return rest
  }
  const take = (event: Buffer): Uint8Array => {
    const data = dataOf(event)
    const verdict = data === undefined ? 'pass' : admit(parsed(data))
    if (verdict === 'drop') return EMPTY
    if (verdict === 'pass') return masker.push(event)
    return Buffer.concat([flush(), masker.push(event), flush()])
  }
  return {
    push(chunk) {
      held = held.length ? Buffer.concat([held, chunk]) : Buffer.from(chunk)
      const out: Uint8Array[] = []
      if (kind === 'sse')
        for (let end = endOfEvent(held); end > 0; end = endOfEvent(held)) {
          out.push(take(held.subarray(0, end)))
          held = held.subarray(end)
        }
      if (held.length > MAX_EVENT) throw fail('TW_HTTP_WITHHELD', { reason: 'a document is too long' })
      return Buffer.concat(out)
    },
    end() {
      if (kind === 'sse') return masker.end()
      if (held.length > 0 && admit(parsed(held.toString('utf8'))) === 'drop')
        throw fail('TW_HTTP_WITHHELD', { reason: 'the store sent a message that may not be shown' })
      return Buffer.concat([masker.push(held), masker.end()])
    },
    get observed() {
      const all = nothingObserved()
      merge(all, before)
      merge(all, masker.observed)
      return all
    },
  }
}

const EMPTY = Buffer.alloc(0)

/** The data of an event; undefined where it has none. */
function dataOf(event: Buffer): string | undefined {
  const lines = event
    .toString('utf8')
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('data:') || line === 'data')
  return lines.length ? lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n') : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw fail('TW_HTTP_WITHHELD', { reason: 'a document is not JSON' }, error)
  }
}
