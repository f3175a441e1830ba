import { fdatasync } from 'node:fs'
import { getSystemErrorName, promisify } from 'node:util'
import { Worker } from 'node:worker_threads'

/** On node's thread pool: the answer comes at once, and may make the event loop wait (see Syncer). */
export const poolSync: (fd: number) => Promise<void> = promisify(fdatasync)

/** Cells of the shared memory: how many syncs were asked for and done, then by sync the file and its error number. */
const ASKED = 0
const DONE = 1
const RING = 2
/** A power of two. */
const SLOTS = 64
/** How often is looked whether a sync is done, ms. */
const LOOK = 4
/** A thread costs about 15 ms and 4 MB, so it begins when this many syncs have shown that it is worth it. */
const WORTH = 50

interface Waiting {
  fd: number
  resolve: () => void
  reject: (error: unknown) => void
}

/**
 * Brings files to the disk itself for those who need not know at once. A thread of its own does it and leaves the outcome
 * in shared memory. Node's pool tells the event loop while it holds the lock that the loop then wants: on a busy machine
 * the loop wakes, and sleeps until the thread that it displaced gets its turn again, 20 to 50 ms later.
 */
export class Syncer {
  readonly #cells = new Int32Array(new SharedArrayBuffer(4 * (RING + 2 * SLOTS)))
  readonly #worth: number
  #begun = 0
  #thread: Worker | undefined
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  #done = 0
  #closed = false

  constructor(worth = WORTH) {
    this.#worth = worth
  }

  /** Resolves up to 4 ms after what is written to `fd`, which must stay open, is on the disk. @throws what the disk says */
  sync(fd: number): Promise<void> {
    if (this.#begun++ === this.#worth && !this.#closed) this.#begin()
    if (!this.#thread || this.#waiting.length === SLOTS) return poolSync(fd)
    return new Promise((resolve, reject) => {
      const cells = this.#cells
      const asked = cells[ASKED]!
      cells[RING + 2 * (asked & (SLOTS - 1))] = fd
      this.#waiting.push({ fd, resolve, reject })
      Atomics.add(cells, ASKED, 1)
      Atomics.notify(cells, ASKED)
      this.#timer ??= setTimeout(this.#look, LOOK)
    })
  }

  /** Ends the thread; what is asked for from here on, or not done, goes through the pool. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#thread?.terminate()
  }

  #begin(): void {
    const thread = new Worker(new URL('./sync-thread.mjs', import.meta.url), {
      workerData: { memory: this.#cells.buffer, asked: ASKED, done: DONE, ring: RING, slots: SLOTS },
      execArgv: [],
    })
    thread.unref()
    // It says why in `exit` too, and the files are synced all the same.
    thread.on('error', () => undefined)
    thread.on('exit', () => this.#ended())
    this.#thread = thread
  }

  readonly #look = (): void => {
    this.#timer = undefined
    this.#settle()
    if (this.#waiting.length > 0) this.#timer = setTimeout(this.#look, LOOK)
  }

  #settle(): void {
    const done = Atomics.load(this.#cells, DONE)
    while (this.#done !== done) {
      const failure = this.#cells[RING + 2 * (this.#done & (SLOTS - 1)) + 1]!
      this.#done = (this.#done + 1) | 0
      const one = this.#waiting.shift()
      if (failure === 0) one?.resolve()
      else one?.reject(failed(failure))
    }
  }

  #ended(): void {
    this.#thread = undefined
    clearTimeout(this.#timer)
    this.#settle()
    for (const { fd, resolve, reject } of this.#waiting.splice(0)) poolSync(fd).then(resolve, reject)
  }
}

function failed(errno: number): Error {
  const code = getSystemErrorName(errno)
  return Object.assign(new Error(`${code}: fdatasync`), { code, errno, syscall: 'fdatasync' })
}
