import { isUtf8 } from 'node:buffer'
import { fail } from './errors.ts'
import type { Context } from './json/context.ts'
import type { JsonScanner } from './json/scanner.ts'
import type { Masker, Observed } from './masker.ts'
import { HIDDEN, withheldText } from './transform.ts'

/**
 * Plain text. It is held whole, since a secret may stand anywhere in it; what is longer than the longest string is
 * withheld. Text that is JSON (an artifact, say) is treated as JSON.
 */
export class TextMasker implements Masker {
  readonly observed: Observed
  private readonly context: Context
  private readonly scanner: JsonScanner
  private readonly chunks: Uint8Array[] = []
  private size = 0

  /** `scanner` stands at the beginning of the body. */
  constructor(scanner: JsonScanner) {
    this.scanner = scanner
    this.context = scanner.context
    this.observed = scanner.context.observer.observed
  }

  push(chunk: Uint8Array): Uint8Array {
    this.size += chunk.byteLength
    if (this.size > this.context.maxString) this.chunks.length = 0
    else this.chunks.push(Uint8Array.from(chunk))
    return Buffer.alloc(0)
  }

  end(): Uint8Array {
    return this.size > this.context.maxString ? this.tooLong() : this.whole(Buffer.concat(this.chunks))
  }

  /** @throws TW_MASK_UTF8 */
  whole(body: Uint8Array): Uint8Array {
    const { context, scanner } = this
    if (body.byteLength > context.maxString) return this.tooLong()
    if (!isUtf8(body)) throw fail('TW_MASK_UTF8')
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    scanner.start(text, 0, text.length, context.root, false)
    const changed = scanner.maskText()
    if (!changed) return body
    return scanner.edits.apply(text, 0, text.length)
  }

  private tooLong(): Uint8Array {
    this.context.observer.withheld('', 'text too long')
    return Buffer.from(this.context.hideContent ? HIDDEN : withheldText('text too long'))
  }
}
