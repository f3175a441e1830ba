// The thread behind syncer.ts, where the cells are described; plain JavaScript, so that it starts without a loader.
import { fdatasyncSync } from 'node:fs'
import { workerData } from 'node:worker_threads'

const { memory, asked, done, ring, slots } = workerData
const cells = new Int32Array(memory)
const EIO = -5

for (let next = 0; ; ) {
  Atomics.wait(cells, asked, next)
  while (next !== Atomics.load(cells, asked)) {
    const slot = ring + 2 * (next & (slots - 1))
    let failure = 0
    try {
      fdatasyncSync(cells[slot])
    } catch (error) {
      failure = error.errno ?? EIO
    }
    cells[slot + 1] = failure
    next = (next + 1) | 0
    Atomics.store(cells, done, next)
  }
}
