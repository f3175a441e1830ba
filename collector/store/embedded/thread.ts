import type { Worker } from 'node:worker_threads'
import { startWorker } from '../../../core/worker.ts'
import { collectorErrors, fail } from '../../errors.ts'
import type { Method, Methods, Reply, Request } from './methods.ts'

type Waiting = { resolve: (value: unknown) => void; reject: (error: Error) => void }

/** One thread with its own connection to the file. Started on first use, and again after it died. */
export interface Thread {
  call<K extends Method>(method: K, ...args: Parameters<Methods[K]>): Promise<ReturnType<Methods[K]>>
  close(): Promise<void>
}

export function openThread(file: string): Thread {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let calls = 0
  let closing = false

  const died = (thread: Worker, reason: string) => {
    if (worker !== thread) return
    worker = undefined
    closing = false
    for (const [call, { reject }] of waiting) {
      waiting.delete(call)
      reject(fail('TW_STORE_UNAVAILABLE', { reason }))
    }
  }
  const start = (): Worker => {
    const thread = startWorker('./worker.ts', import.meta.url, { workerData: { file } })
    thread.on('message', (reply: Reply) => {
      const entry = waiting.get(reply.call)
      waiting.delete(reply.call)
      if (waiting.size === 0 && !closing) thread.unref()
      if ('error' in reply) entry?.reject(fail(known(reply.error.code), reply.error.details))
      else entry?.resolve(reply.value)
    })
    thread.on('error', (error) => died(thread, error.message))
    thread.on('exit', () => died(thread, 'its thread ended'))
    return thread
  }

  const thread: Thread = {
    call<K extends Method>(method: K, ...args: Parameters<Methods[K]>) {
      const request = { call: ++calls, method, args } as Request
      return new Promise<ReturnType<Methods[K]>>((resolve, reject) => {
        worker ??= start()
        worker.ref()
        waiting.set(request.call, { resolve: (value) => resolve(value as ReturnType<Methods[K]>), reject })
        worker.postMessage(request)
      })
    },
    async close() {
      if (!worker) return
      const ending = worker
      const ended = new Promise((resolve) => ending.once('exit', resolve))
      const closed = thread.call('close')
      closing = true
      await closed
      await ended
    },
  }
  return thread
}

const known = (code: string): keyof typeof collectorErrors =>
  Object.hasOwn(collectorErrors, code) ? (code as keyof typeof collectorErrors) : 'TW_STORE_UNAVAILABLE'
