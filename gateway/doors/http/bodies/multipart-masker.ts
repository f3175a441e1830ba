import { createMasker, textMaskerOf } from '../../../masking/compile.ts'
import type { Masker, MaskPlan } from '../../../masking/masker.ts'
import { merge, nothingObserved } from '../../../masking/observed.ts'
import { fail } from '../errors.ts'
import type { PlainKind } from './body-masker.ts'
import { MultipartParser } from './multipart.ts'

const KINDS: readonly (readonly [RegExp, PlainKind])[] = [
  [/^application\/(?:[\w.-]+\+)?json$/, 'json'],
  [/^application\/(?:x-)?(?:ndjson|jsonl)$/, 'ndjson'],
  [/^text\/plain$/, 'text'],
]
/** Part headers that go on; lengths would be those of the unmasked part. */
const PASS = ['content-type', 'content-disposition'] as const

/** Masks each part by its own content-type and prints the parts again. A part of an unknown type is withheld: an error. */
export function createMultipartMasker(plan: MaskPlan, boundary: string): Masker {
  const parser = new MultipartParser(boundary)
  const scrub = textMaskerOf(plan)
  const total = nothingObserved()
  let part: Masker | undefined

  const finishPart = (out: Uint8Array[]) => {
    if (!part) return
    out.push(part.end(), Buffer.from('\r\n'))
    merge(total, part.observed)
    part = undefined
  }

  return {
    push(chunk) {
      const out: Uint8Array[] = []
      for (const event of parser.push(chunk)) {
        if (event.type === 'data') out.push(part!.push(event.bytes))
        else if (event.type === 'part-end') finishPart(out)
        else {
          part = createMasker(plan, kindOf(event.headers))
          out.push(printHead(boundary, event.headers, scrub))
        }
      }
      return out.length === 1 ? out[0]! : Buffer.concat(out)
    },
    end() {
      parser.end()
      return Buffer.from(`--${boundary}--\r\n`)
    },
    get observed() {
      if (!part) return total
      const so = nothingObserved()
      merge(so, total)
      merge(so, part.observed)
      return so
    },
  }
}

function kindOf(headers: Readonly<Record<string, string>>): PlainKind {
  if (headers['content-transfer-encoding'] !== undefined || headers['content-encoding'] !== undefined)
    throw fail('TW_HTTP_MULTIPART', { problem: 'an encoded part' })
  const type = (headers['content-type'] ?? 'text/plain').split(';', 1)[0]!.trim().toLowerCase()
  const kind = KINDS.find(([pattern]) => pattern.test(type))?.[1]
  if (!kind) throw fail('TW_HTTP_MULTIPART', { problem: 'a part of an unknown type' })
  return kind
}

/** Names as everybody writes them: Phoenix's client looks for `Content-Type` to the letter. */
function printHead(
  boundary: string,
  headers: Readonly<Record<string, string>>,
  scrub: (text: string) => string,
): Buffer {
  let head = `--${boundary}\r\n`
  for (const name of PASS)
    if (headers[name] !== undefined) head += `${titled(name)}: ${scrub(headers[name])}\r\n`
  return Buffer.from(`${head}\r\n`, 'latin1')
}

const titled = (name: string) => name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
