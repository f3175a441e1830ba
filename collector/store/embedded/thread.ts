import type { Worker } from 'node:worker_threads'
import type { CodedError } from '../../../core/errors.ts'
import { startWorker } from '../../../core/worker.ts'
import { collectorErrors, fail } from '../../errors.ts'
import type { Method, Methods, Opening, Reply, Request } from './methods.ts'

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

  const died = (thread: Worker, error: CodedError) => {
    if (worker !== thread) return
    worker = undefined
    closing = false
    for (const [call, { reject }] of waiting) {
      waiting.delete(call)
      reject(error)
    }
  }
  const start = (): Worker => {
    const thread = startWorker('./worker.ts', import.meta.url, { workerData: { file } })
    thread.on('message', (reply: Reply | Opening) => {
      if ('unopened' in reply) return died(thread, coded(reply.unopened))
      const entry = waiting.get(reply.call)
      waiting.delete(reply.call)
      if (waiting.size === 0 && !closing) thread.unref()
      if ('error' in reply) entry?.reject(coded(reply.error))
      else entry?.resolve(reply.value)
    })
    thread.on('error', ({ message }) => died(thread, unavailable(message)))
    thread.on('exit', () => died(thread, unavailable('its thread ended')))
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

const unavailable = (reason: string) => fail('TW_STORE_UNAVAILABLE', { reason })
const coded = ({ code, details }: Opening['unopened']) =>
  fail(
    Object.hasOwn(collectorErrors, code) ? (code as keyof typeof collectorErrors) : 'TW_STORE_UNAVAILABLE',
    details,
  )
