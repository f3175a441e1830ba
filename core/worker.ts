import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a worker thread from a module beside `base` (an import.meta.url). In a clone the modules are `.ts`,
 * run through tsx, which the thread inherits by execArgv; in a build they are `.js`.
 */
export function startWorker(module: string, base: string, options: WorkerOptions = {}): Worker {
  const name = base.endsWith('.ts') ? module : module.replace(/\.ts$/, '.js')
  return new Worker(new URL(name, base), options)
}
