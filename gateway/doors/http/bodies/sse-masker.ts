import { createMasker, maskWhole, textMaskerOf } from '../../../masking/compile.ts'
import type { Masker, MaskPlan } from '../../../masking/masker.ts'
import { merge, nothingObserved } from '../../../masking/observed.ts'
import { fail } from '../errors.ts'

/** The longest event that is held to be judged whole, bytes. */
export const MAX_EVENT = 8 * 1024 * 1024
const NAME = /^[\w.:-]{1,64}$/
const LINE = 10

/**
 * Masks a stream of server-sent events (WHATWG HTML §9.2): each event is held until its blank line, its data masked as
 * one JSON document where it is one and as text where not, and printed again. Documents are masked as the lines of one
 * body, since a model's answer comes as deltas, an event each: an event goes out when no later one can change it.
 * Comments go; so do names that are not names. @throws TW_HTTP_WITHHELD for an event that is too long.
 */
export function createSseMasker(plan: MaskPlan): Masker {
  const texts = nothingObserved()
  const documents = createMasker(plan, 'ndjson')
  const scrub = textMaskerOf(plan)
  let held = Buffer.alloc(0)
  /** Masked bytes of documents whose line has not ended. */
  let line = Buffer.alloc(0)
  /** Events in order: printed, or what stands before the data of a document that is being masked. */
  const queue: { head: string; ready: boolean }[] = []

  const printed = (head: string, data: string): string =>
    `${head}${data
      .split(/\r\n|\r|\n/)
      .map((each) => `data: ${each}\n`)
      .join('')}\n`

  const textOf = (data: string): string => {
    const masked = maskWhole(plan, 'text', Buffer.from(data))
    merge(texts, masked.observed)
    return Buffer.from(masked.body).toString('utf8')
  }

  /** What of the queue may go, once these bytes of documents are masked. */
  const released = (masked: Uint8Array): string => {
    line = line.length ? Buffer.concat([line, masked]) : Buffer.from(masked)
    let out = ''
    for (let next = queue[0]; next; next = queue[0]) {
      if (next.ready) out += next.head
      else {
        const end = line.indexOf(LINE)
        if (end < 0) break
        out += printed(next.head, line.toString('utf8', 0, end))
        line = line.subarray(end + 1)
      }
      queue.shift()
    }
    return out
  }

  const take = (text: string): string => {
    const data: string[] = []
    let head = ''
    for (const line of text.split(/\r\n|\r|\n/)) {
      const colon = line.indexOf(':')
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'data') data.push(value)
      else if ((field === 'event' || field === 'id' || field === 'retry') && NAME.test(value))
        if (scrub(value) === value) head += `${field}: ${value}\n`
    }
    if (data.length === 0) {
      if (head !== '') queue.push({ head: `${head}\n`, ready: true })
      return released(EMPTY)
    }
    if (/^[{[]/.test(data.join('').trimStart())) {
      queue.push({ head, ready: false })
      // Between the tokens of JSON a line end is a space; inside a string it is not JSON.
      return released(documents.push(Buffer.from(`${data.join(' ')}\n`)))
    }
    queue.push({ head: printed(head, textOf(data.join('\n'))), ready: true })
    return released(EMPTY)
  }

  return {
    push(chunk) {
      held = held.length ? Buffer.concat([held, chunk]) : Buffer.from(chunk)
      let out = ''
      for (let end = endOfEvent(held); end > 0; end = endOfEvent(held)) {
        out += take(held.toString('utf8', 0, end))
        held = held.subarray(end)
      }
      if (held.length > MAX_EVENT)
        throw fail('TW_HTTP_WITHHELD', { reason: 'an event of the stream is too long' })
      return Buffer.from(out)
    },
    // An event without its blank line is not dispatched by any client.
    end: () => Buffer.from(released(documents.end())),
    get observed() {
      const all = nothingObserved()
      merge(all, texts)
      merge(all, documents.observed)
      return all
    },
  }
}

const EMPTY = Buffer.alloc(0)

/** Where the first event ends, behind its blank line; 0 where it has not ended yet. */
export function endOfEvent(bytes: Buffer): number {
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
