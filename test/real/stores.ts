import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { answers, freePort, launch, type Running, run } from './process.ts'
import type { LoadedTrace } from './traces.ts'
import type { Venv } from './venv.ts'

/** A real store that serves, with the traces in it. */
export interface Store {
  url: string
  server: Running
  /** Trace ids, in the order of the traces. */
  ids: readonly string[]
  /** MLflow's experiment id; Phoenix's project name. */
  collection: string
}

const START = 240_000
const here = import.meta.dirname

export async function startMlflow(
  venv: Venv,
  scratch: string,
  traces: readonly LoadedTrace[],
): Promise<Store> {
  const port = await freePort()
  const cwd = join(scratch, 'mlflow')
  mkdirSync(cwd, { recursive: true })
  const args = ['server', '--backend-store-uri', 'sqlite:///m.db', '--artifacts-destination', 'artifacts']
  const server = launch(venv.bin('mlflow'), [...args, '--port', String(port), '--workers', '1'], {
    cwd,
    env: venv.env,
    log: join(cwd, 'server.log'),
  })
  const url = `http://127.0.0.1:${port}`
  return loaded(server, url, `${url}/health`, async () => {
    const file = written(cwd, traces)
    const told = await python(venv, join(here, 'mlflow/load.py'), [url, 'support', file])
    return { ids: strings(told.ids), collection: String(told.experiment) }
  })
}

export async function startPhoenix(
  venv: Venv,
  scratch: string,
  traces: readonly LoadedTrace[],
): Promise<Store> {
  const port = await freePort()
  const cwd = join(scratch, 'phoenix')
  mkdirSync(cwd, { recursive: true })
  const env = {
    ...venv.env,
    PHOENIX_HOST: '127.0.0.1',
    PHOENIX_WORKING_DIR: cwd,
    PHOENIX_PORT: String(port),
    PHOENIX_GRPC_PORT: String(await freePort()),
  }
  const server = launch(venv.bin('phoenix'), ['serve'], { cwd, env, log: join(cwd, 'server.log') })
  const url = `http://127.0.0.1:${port}`
  return loaded(server, url, `${url}/healthz`, async () => {
    const file = written(cwd, traces)
    const { ids } = await python(venv, join(here, 'phoenix/load.py'), [url, 'support', file])
    // Ingest is answered before it is stored.
    const stored = async () => {
      const page = await fetch(`${url}/v1/projects/support/traces?limit=100`)
      return z.object({ data: z.array(z.unknown()) }).parse(await page.json()).data.length >= traces.length
    }
    if (!(await server.until(stored, 60_000))) throw new Error('the traces did not arrive')
    return { ids: strings(ids), collection: 'support' }
  })
}

async function loaded(
  server: Running,
  url: string,
  health: string,
  load: () => Promise<Pick<Store, 'ids' | 'collection'>>,
): Promise<Store> {
  try {
    if (!(await server.until(() => answers(health), START))) throw new Error(`no answer: see ${server.log}`)
    return { url, server, ...(await load()) }
  } catch (error) {
    await server.stop()
    throw error
  }
}

function written(directory: string, traces: readonly LoadedTrace[]): string {
  const file = join(directory, 'traces.json')
  writeFileSync(file, JSON.stringify(traces))
  return file
}

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

/** Runs a script of ours in a venv; its last line of output is JSON. */
export async function python(
  venv: Venv,
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Record<string, unknown>> {
  const { code, out, err } = await run(venv.bin('python'), [script, ...args], {
    env: { ...venv.env, ...env },
  })
  const last = out.trim().split('\n').at(-1) ?? ''
  if (code !== 0 || !last.startsWith('{')) throw new Error(`${script}: exit ${code}: ${err.slice(-1500)}`)
  return z.record(z.string(), z.unknown()).parse(JSON.parse(last))
}
