import type { KeyObject } from 'node:crypto'
import type { Inbox } from '../wire/inbox.ts'
import { BACKEND } from '../wire/types.ts'
import { ContentSum } from './content-sum.ts'

/** The server's messages of one answer, as they came, while it is held: ranges of received chunks, not copies. */
export class Held {
  size = 0
  readonly #runs: { buf: Buffer; from: number; to: number }[] = []

  add({ buf, at, end }: Inbox): void {
    const last = this.#runs.at(-1)
    if (last?.buf === buf && last.to === at) last.to = end
    else this.#runs.push({ buf, from: at, to: end })
    this.size += end - at
  }

  clear(): void {
    this.#runs.length = 0
    this.size = 0
  }

  *messages(): Generator<Inbox> {
    for (const { buf, from, to } of this.#runs) {
      let at = from
      while (at < to) {
        const end = at + 1 + buf.readUInt32BE(at + 1)
        yield { buf, type: buf[at]!, at, start: at + 5, end }
        at = end
      }
    }
  }

  addTo(sum: ContentSum): void {
    for (const { type, buf, start, end } of this.messages())
      if (type === BACKEND.dataRow || type === BACKEND.copyData) sum.add(buf, start, end)
  }

  /** Of its rows, as grants are bound to it. */
  content(key: KeyObject): string {
    const sum = new ContentSum(key)
    this.addTo(sum)
    return sum.digest()
  }
}
