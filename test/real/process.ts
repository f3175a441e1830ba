import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { createServer } from 'node:net'

/** A server of its own process group: ended by id, with what it started. */
export interface Running {
  log: string
  /** Resolves with true as soon as `ready` does; false when it has ended or `within` ms are over. */
  until(ready: () => Promise<boolean>, within: number): Promise<boolean>
  stop(): Promise<void>
}

export function launch(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; log: string },
): Running {
  const out = openSync(options.log, 'a')
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', out, out],
  })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  return {
    log: options.log,
    async until(ready, within) {
      const deadline = performance.now() + within
      while (performance.now() < deadline && child.exitCode === null && child.pid !== undefined) {
        if (await ready().catch(() => false)) return true
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 250))])
      }
      return false
    },
    async stop() {
      signal(child, 'SIGTERM')
      const late = setTimeout(() => signal(child, 'SIGKILL'), 15_000)
      await ended
      clearTimeout(late)
    },
  }
}

function signal({ pid, exitCode }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null) return
  try {
    process.kill(-pid, name)
  } catch {
    // It ended in between.
  }
}

/** Runs to the end. `code` is null where a signal ended it. */
export async function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    text.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    text.err += chunk
  })
  const [code] = await once(child, 'close')
  return { code, ...text }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export const answers = async (url: string): Promise<boolean> => (await fetch(url)).ok
