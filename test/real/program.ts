import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { launch, type Running, run } from './process.ts'

/** The program of this clone, with a config and a data directory of its own. */
export interface Program {
  cwd: string
  /** What `token create` with these options prints. */
  token(user: string, ...options: string[]): Promise<string>
  /** The daemon, once it is ready. */
  start(): Promise<Running>
}

/** `config` goes without `data`. */
export function programOf(root: string, cwd: string, config: Readonly<Record<string, unknown>>): Program {
  mkdirSync(cwd, { recursive: true })
  const file = join(cwd, 'tracewarden.yaml')
  writeFileSync(file, stringify({ data: join(cwd, 'data'), ...config }))
  const main = ['--import=tsx', join(root, 'daemon/main.ts')]
  return {
    cwd,
    async token(user, ...options) {
      const args = [...main, 'token', 'create', ...options, '--user', user, '--ttl', '8h', '--config', file]
      const { code, out, err } = await run(process.execPath, args, { cwd: root })
      if (code !== 0) throw new Error(`token create: ${err.slice(-1500)}`)
      return out.trim()
    },
    async start() {
      const server = launch(process.execPath, [...main, 'start', '--config', file], {
        cwd: root,
        env: process.env,
        log: join(cwd, 'daemon.log'),
      })
      const said = () => readFileSync(server.log, 'utf8')
      if (await server.until(async () => said().includes('tracewarden ready '), 120_000)) return server
      await server.stop()
      throw new Error(`not ready: ${said().slice(-3000)}`)
    },
  }
}
