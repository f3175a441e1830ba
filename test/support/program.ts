import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

const ROOT = resolve(import.meta.dirname, '..', '..')
const ARGS = ['--import=tsx', resolve(ROOT, 'daemon/main.ts')]

/** `tracewarden …` as a user runs it, to its end. */
export function run(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [...ARGS, ...args], { cwd: ROOT, env: { ...process.env, ...env } })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (err += chunk))
  return new Promise((done) => child.on('close', (code) => done({ code, out, err })))
}

export interface Running {
  child: ChildProcess
  console: string
  /** What it has said on standard error so far. */
  story: () => string
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>
}

/** A daemon, once its ready line is there. */
export function startProgram(args: readonly string[], env: Record<string, string> = {}): Promise<Running> {
  const child = spawn(process.execPath, [...ARGS, ...args], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  let err = ''
  child.stderr.on('data', (chunk) => (err += chunk))
  const closed = new Promise<number | null>((done) => child.on('close', done))
  return new Promise((ready, fail) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const console = /^tracewarden ready console=(\S+?)\/?$/.exec(line)?.[1]
      if (!console) return
      const stop = () => {
        child.kill('SIGTERM')
        return closed
      }
      // What it said on standard error before may still be on its way.
      setImmediate(() => ready({ child, console, story: () => err, stop }))
    })
    void closed.then((code) => fail(new Error(`ended with ${code} before it was ready:\n${err}`)))
  })
}

/** Asks until the answer is there; fails with what was last seen when `ms` have passed. */
export async function eventually<T>(
  ask: () => Promise<T | undefined>,
  what: string | (() => string),
  ms = 180_000,
): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > end) {
      const wanted = typeof what === 'string' ? what : what()
      throw new Error(`not within ${ms} ms: ${wanted}`)
    }
    await new Promise((done) => setTimeout(done, 100))
  }
}

/** What the program says, once it was read: its log comes by another pipe than the ready line. */
export const says = (daemon: Running, pattern: RegExp): Promise<RegExpExecArray> =>
  eventually(
    async () => pattern.exec(daemon.story()) ?? undefined,
    () => `${pattern} in: ${daemon.story()}`,
  )
