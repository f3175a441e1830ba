import { BLOCK, type BlockSealer, type BlockType } from './blocks.ts'
import type { Descriptors } from './descriptors.ts'
import { fail, reasonOf } from './errors.ts'
import type { FrameWriter, FrameWriters } from './frames.ts'
import type { Frame, SessionRecording } from './recording.ts'

interface Turn {
  writer: FrameWriter
  bytes: number
  frames: number
  promise: Promise<void>
  resolve: () => void
  reject: (error: unknown) => void
}

/** A session being recorded: frames of one turn of the event loop become one block and one write. */
export class LiveRecording implements SessionRecording {
  readonly #file: string
  readonly #sealer: BlockSealer
  readonly #descriptors: Descriptors
  readonly #writers: FrameWriters
  readonly #max: number
  readonly #always: boolean
  readonly #schedule: (recording: LiveRecording) => void
  readonly #ended: (recording: LiveRecording) => void
  #size = 0
  #plain = 0
  #frames = 0
  #turn: Turn | undefined
  #unsynced = false
  #state: 'open' | 'closed' | 'broken' = 'open'

  constructor(
    file: string,
    sealer: BlockSealer,
    options: {
      descriptors: Descriptors
      writers: FrameWriters
      max: number
      /** Appends resolve only when they are synced. */
      always: boolean
      /** Asks for `flush` at the end of this turn. */
      schedule: (recording: LiveRecording) => void
      ended: (recording: LiveRecording) => void
    },
  ) {
    this.#file = file
    this.#sealer = sealer
    this.#descriptors = options.descriptors
    this.#writers = options.writers
    this.#max = options.max
    this.#always = options.always
    this.#schedule = options.schedule
    this.#ended = options.ended
  }

  get bytes(): number {
    return this.#plain
  }

  /** Of the part file. */
  get size(): number {
    return this.#size
  }

  get file(): string {
    return this.#file
  }

  /** Header and `who` block: the file exists from here on. */
  begin(encodedHeader: Buffer, who: Buffer): void {
    this.#write([encodedHeader, ...this.#sealer.next('who', [who])], 1)
  }

  append(frames: readonly Frame[]): Promise<void> {
    if (this.#state !== 'open')
      return Promise.reject(
        this.#state === 'closed'
          ? fail('TW_RECORDING_CLOSED')
          : fail('TW_RECORDING_UNWRITABLE', { reason: 'an earlier write failed' }),
      )
    if (this.#plain >= this.#max) return Promise.reject(fail('TW_RECORDING_FULL'))
    if (!this.#turn) {
      this.#turn = newTurn(this.#writers.take())
      this.#schedule(this)
    }
    const turn = this.#turn
    const bytes = turn.writer.append(frames)
    turn.bytes += bytes
    turn.frames += frames.length
    this.#plain += bytes
    this.#frames += frames.length
    return turn.promise
  }

  flush(): void {
    const turn = this.#turn
    if (!turn) return
    this.#turn = undefined
    try {
      this.#writeBlocks('data', turn.writer.take())
      this.#writers.give(turn.writer)
    } catch (error) {
      this.#plain -= turn.bytes
      this.#frames -= turn.frames
      turn.reject(error)
      return
    }
    this.#unsynced = true
    if (this.#always) this.sync().then(turn.resolve, turn.reject)
    else turn.resolve()
  }

  /** What is written goes to the disk itself. @throws TW_RECORDING_UNWRITABLE, and for good: what is there is unknown */
  async sync(): Promise<void> {
    if (!this.#unsynced) return
    this.#unsynced = false
    try {
      await this.#descriptors.sync(this.#file)
    } catch (error) {
      if (this.#state === 'open') this.#state = 'broken'
      throw fail('TW_RECORDING_UNWRITABLE', { reason: reasonOf(error) }, error)
    }
  }

  async seal(): Promise<void> {
    if (this.#state === 'closed') return
    this.flush()
    try {
      if (this.#state === 'open')
        this.#writeBlocks('end', Buffer.from(JSON.stringify({ frames: this.#frames, bytes: this.#plain })))
    } finally {
      this.#state = 'closed'
      this.#descriptors.close(this.#file)
      this.#ended(this)
    }
  }

  /** The person was erased: nothing more is written, nothing is sealed. */
  abandon(): void {
    this.flush()
    this.#state = 'closed'
    this.#descriptors.close(this.#file)
  }

  #writeBlocks(type: BlockType, plain: Buffer): void {
    if (plain.length === 0) return
    const pieces: Buffer[] = []
    let blocks = 0
    for (let at = 0; at < plain.length; at += BLOCK, blocks++)
      pieces.push(...this.#sealer.next(type, [plain.subarray(at, at + BLOCK)]))
    this.#write(pieces, blocks)
  }

  /** Writes whole or not at all: what half a write left is cut off again. @throws TW_RECORDING_UNWRITABLE */
  #write(pieces: readonly Buffer[], blocks: number): void {
    let size = 0
    for (const piece of pieces) size += piece.length
    try {
      this.#descriptors.append(this.#file, pieces, size)
      this.#size += size
    } catch (error) {
      this.#sealer.retry(blocks)
      try {
        this.#descriptors.truncate(this.#file, this.#size)
      } catch {
        this.#state = 'broken'
      }
      throw fail('TW_RECORDING_UNWRITABLE', { reason: reasonOf(error) }, error)
    }
  }
}

function newTurn(writer: FrameWriter): Turn {
  let resolve: () => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { writer, bytes: 0, frames: 0, promise, resolve, reject }
}
