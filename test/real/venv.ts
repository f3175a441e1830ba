import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from './process.ts'

/** A virtual environment in the cache, made once. */
export interface Venv {
  bin: (name: string) => string
  /** Without what would make the servers call home. */
  env: NodeJS.ProcessEnv
}

export const PACKAGES = {
  mlflow: ['mlflow==3.17.*'],
  phoenix: ['arize-phoenix==20.26.*', 'arize-phoenix-client==3.5.*', 'pandas'],
  aws: ['awscli', 'boto3'],
  psycopg: ['psycopg[binary]==3.*'],
} as const

/** Where what is fetched once is kept. */
export const cache = () => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tracewarden')
const QUIET = {
  MLFLOW_DISABLE_TELEMETRY: 'true',
  DO_NOT_TRACK: 'true',
  PHOENIX_TELEMETRY_ENABLED: 'false',
  PHOENIX_ALLOW_EXTERNAL_RESOURCES: 'false',
  GIT_PYTHON_REFRESH: 'quiet',
  // A failure shows at once, not after minutes of retries.
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
  PYTHONUNBUFFERED: '1',
  PYTHONWARNINGS: 'ignore',
}

/** Undefined, after it said why on standard error, where it cannot be had. */
export async function openVenv(name: keyof typeof PACKAGES): Promise<Venv | undefined> {
  const directory = join(cache(), name)
  const bin = (program: string) => join(directory, 'bin', program)
  // Not every package brings a program by which it is known to be there.
  const complete = join(directory, 'complete')
  if (!existsSync(bin(name)) && !existsSync(complete)) {
    mkdirSync(cache(), { recursive: true })
    process.stderr.write(`setting up ${directory} (minutes)\n`)
    for (const [command, args] of [
      ['python3', ['-m', 'venv', directory]],
      [bin('pip'), ['install', '--quiet', ...PACKAGES[name]]],
    ] as const) {
      const { code, err } = await run(command, args).catch((error: Error) => ({
        code: 1,
        err: error.message,
      }))
      if (code === 0) continue
      process.stderr.write(`${command}: ${err.slice(-2000)}\n`)
      return undefined
    }
    writeFileSync(complete, '')
  }
  const path = `${join(directory, 'bin')}:${process.env.PATH ?? ''}`
  return { bin, env: { ...process.env, ...QUIET, PATH: path, VIRTUAL_ENV: directory } }
}

export const how = (name: keyof typeof PACKAGES): string =>
  `python3 -m venv ${join(cache(), name)} && ${join(cache(), name, 'bin/pip')} install ${PACKAGES[name].map((each) => `'${each}'`).join(' ')}`
