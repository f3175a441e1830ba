import { maskWhole } from '../../../masking/compile.ts'
import type { Masker, MaskPlan } from '../../../masking/masker.ts'
import { fail } from '../errors.ts'
import { merge, nothingObserved } from './observed.ts'

/** The longest event that is held to be judged whole, bytes. */
const MAX_EVENT = 8 * 1024 * 1024
const NAME = /^[\w.:-]{1,64}$/

/**
 * Masks a stream of server-sent events (WHATWG HTML §9.2): each event is held until its blank line, its data masked as
 * one JSON document where it is one and as text where not, and printed again. Comments go; so do names that are not
 * names. @throws TW_HTTP_WITHHELD for an event that is too long.
 */
export function createSseMasker(plan: MaskPlan): Masker {
  const observed = nothingObserved()
  let held = Buffer.alloc(0)

  const maskData = (data: string): string => {
    const first = data.trimStart()[0]
    const kind = first === '{' || first === '[' ? 'json' : 'text'
    const masked = maskWhole(plan, kind, Buffer.from(data))
    merge(observed, masked.observed)
    return Buffer.from(masked.body).toString('utf8')
  }

  const maskEvent = (text: string): string => {
    const data: string[] = []
    let out = ''
    for (const line of text.split(/\r\n|\r|\n/)) {
      const colon = line.indexOf(':')
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'data') data.push(value)
      else if ((field === 'event' || field === 'id' || field === 'retry') && NAME.test(value))
        out += `${field}: ${value}\n`
    }
    if (data.length)
      for (const line of maskData(data.join('\n')).split(/\r\n|\r|\n/)) out += `data: ${line}\n`
    return out === '' ? '' : `${out}\n`
  }

  return {
    push(chunk) {
      held = held.length ? Buffer.concat([held, chunk]) : Buffer.from(chunk)
      let out = ''
      for (let end = endOfEvent(held); end > 0; end = endOfEvent(held)) {
        out += maskEvent(held.toString('utf8', 0, end))
        held = held.subarray(end)
      }
      if (held.length > MAX_EVENT)
        throw fail('TW_HTTP_WITHHELD', { reason: 'an event of the stream is too long' })
      return Buffer.from(out)
    },
    // An event without its blank line is not dispatched by any client.
    end: () => Buffer.alloc(0),
    observed,
  }
}

/** Where the first event ends, behind its blank line; 0 where it has not ended yet. */
function endOfEvent(bytes: Buffer): number {
  let lineStart = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte !== 10 && byte !== 13) continue
    // A CR at the end may be half of a CRLF.
    if (byte === 13 && i + 1 === bytes.length) return 0
    const next = byte === 13 && bytes[i + 1] === 10 ? i + 2 : i + 1
    if (i === lineStart) return next
    lineStart = next
    i = next - 1
  }
  return 0
}
