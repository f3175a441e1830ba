import { fail } from '../errors.ts'

/**
 * Messages of protocol 3: a type byte, a length (u32, big-endian, itself included) and a body. Received bytes are split
 * into whole messages in place; only a message that chunks cut is put together again.
 */
export interface Inbox {
  /** The current message: `type`, its body in `buf` from `start` to `end`; `at` is where its type byte stands. */
  readonly buf: Buffer
  readonly type: number
  readonly at: number
  readonly start: number
  readonly end: number
}

interface Run {
  buf: Buffer
  pos: number
  end: number
}

/** Bytes that may wait unread before the sender is made to wait. */
const HIGH = 512 * 1024

export interface Flow {
  pause(): void
  resume(): void
}

export class MessageInbox implements Inbox {
  buf: Buffer = Buffer.alloc(0)
  type = 0
  at = 0
  start = 0
  end = 0
  #pos = 0
  #runEnd = 0
  readonly #runs: Run[] = []
  #queued = 0
  #held: Buffer[] = []
  #heldBytes = 0
  #needed = 0
  #error: Error | undefined
  #wake: { resolve: () => void; reject: (error: Error) => void } | undefined
  #paused = false
  readonly #flow: Flow
  /** Of one message, bytes. */
  limit: number
  readonly #known: (type: number) => boolean

  /** `limit` is that of one message; `known` tells which types may come. */
  constructor(flow: Flow, limit: number, known: (type: number) => boolean) {
    this.#flow = flow
    this.limit = limit
    this.#known = known
  }

  feed(chunk: Buffer): void {
    if (this.#error) return
    let buf = chunk
    if (this.#heldBytes > 0) {
      this.#held.push(chunk)
      this.#heldBytes += chunk.length
      if (this.#heldBytes < this.#needed) return
      buf = Buffer.concat(this.#held, this.#heldBytes)
      this.#held = []
      this.#heldBytes = 0
    }
    const end = this.#whole(buf)
    if (end < 0) return
    if (end < buf.length) {
      this.#held.push(buf.subarray(end))
      this.#heldBytes = buf.length - end
    }
    if (end === 0) return
    this.#runs.push({ buf, pos: 0, end })
    this.#queued += end
    if (this.#queued > HIGH && !this.#paused) {
      this.#paused = true
      this.#flow.pause()
    }
    this.#wakeUp()
  }

  /** No more will come; what is here can still be read. */
  close(error: Error): void {
    this.#error ??= error
    this.#wakeUp()
  }

  get closed(): boolean {
    return this.#error !== undefined
  }

  /** Goes to the next message; false where none is here yet. */
  advance(): boolean {
    if (this.#pos >= this.#runEnd) {
      const run = this.#runs.shift()
      if (!run) return false
      this.buf = run.buf
      this.#pos = run.pos
      this.#runEnd = run.end
      this.#queued -= run.end - run.pos
      if (this.#paused && this.#queued < HIGH / 2) {
        this.#paused = false
        this.#flow.resume()
      }
    }
    const at = this.#pos
    this.at = at
    this.type = this.buf[at]!
    this.start = at + 5
    this.end = at + 1 + lengthAt(this.buf, at + 1)
    this.#pos = this.end
    return true
  }

  /** Type of the message after the current one, if it is here. */
  peek(): number | undefined {
    if (this.#pos < this.#runEnd) return this.buf[this.#pos]
    const run = this.#runs[0]
    return run?.buf[run.pos]
  }

  /** Waits for a next message and goes to it. @throws what it was closed with. */
  async next(): Promise<void> {
    while (!this.advance()) {
      if (this.#error) throw this.#error
      await new Promise<void>((resolve, reject) => {
        this.#wake = { resolve, reject }
      })
    }
  }

  #wakeUp(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.resolve()
  }

  /** Where the last whole message of `buf` ends; −1 where it is no protocol. */
  #whole(buf: Buffer): number {
    let pos = 0
    this.#needed = 5
    while (pos < buf.length) {
      if (!this.#known(buf[pos]!))
        return this.#bad(fail('TW_PG_FRAME', { problem: 'an unknown message type' }))
      if (buf.length - pos < 5) break
      const length = lengthAt(buf, pos + 1)
      if (length < 4) return this.#bad(fail('TW_PG_FRAME', { problem: 'a length below four' }))
      if (length > this.limit) return this.#bad(fail('TW_PG_TOO_LARGE', { limit: this.limit }))
      if (buf.length - pos < length + 1) {
        this.#needed = length + 1
        break
      }
      pos += length + 1
    }
    return pos
  }

  #bad(error: Error): -1 {
    this.close(error)
    return -1
  }
}

/** An u32; lengths are read for every message. */
const lengthAt = (buf: Buffer, at: number): number =>
  ((buf[at]! << 24) | (buf[at + 1]! << 16) | (buf[at + 2]! << 8) | buf[at + 3]!) >>> 0

/** Reads the fields of one message's body. @throws TW_PG_FRAME where it ends too early. */
export class Fields {
  readonly #buf: Buffer
  readonly #end: number
  pos: number

  constructor(inbox: Pick<Inbox, 'buf' | 'start' | 'end'>) {
    this.#buf = inbox.buf
    this.pos = inbox.start
    this.#end = inbox.end
  }

  #take(bytes: number): number {
    const at = this.pos
    if (bytes < 0 || at + bytes > this.#end)
      throw fail('TW_PG_FRAME', { problem: 'a message that ends early' })
    this.pos = at + bytes
    return at
  }

  byte(): number {
    return this.#buf[this.#take(1)]!
  }

  i16(): number {
    return this.#buf.readInt16BE(this.#take(2))
  }

  i32(): number {
    return this.#buf.readInt32BE(this.#take(4))
  }

  u32(): number {
    return this.#buf.readUInt32BE(this.#take(4))
  }

  bytes(length: number): Buffer {
    const at = this.#take(length)
    return this.#buf.subarray(at, at + length)
  }

  /** A text that ends in a zero byte. */
  text(): string {
    const from = this.pos
    const to = this.#buf.indexOf(0, from)
    if (to < 0 || to >= this.#end) throw fail('TW_PG_FRAME', { problem: 'a text without an end' })
    this.pos = to + 1
    return this.#buf.toString('utf8', from, to)
  }

  /** @throws where anything is left. */
  done(): void {
    if (this.pos !== this.#end) throw fail('TW_PG_FRAME', { problem: 'a message that goes on too long' })
  }

  get rest(): number {
    return this.#end - this.pos
  }
}
