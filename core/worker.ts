import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a worker thread from a module beside `base` (an import.meta.url). In a clone the modules are `.ts`, run
 * through tsx by way of worker-entry.mjs; in a build they are `.js`.
 */
export function startWorker(module: string, base: string, options: WorkerOptions = {}): Worker {
  if (!base.endsWith('.ts')) return new Worker(new URL(module.replace(/\.ts$/, '.js'), base), options)
  const argv = [new URL(module, base).href, ...(options.argv ?? [])]
  return new Worker(new URL('./worker-entry.mjs', import.meta.url), { ...options, argv, execArgv: [] })
}
