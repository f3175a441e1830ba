import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './port.ts'

const MODULE = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0'
/** The one line that gets it, for NOT RUN. */
export const HOW = `go install ${MODULE} (Go 1.24 or later), then VERSITYGW=<its path>`

export interface S3Server {
  endpoint: string
  accessKeyId: string
  secretAccessKey: string
  region: string
  stop(): Promise<void>
}

/**
 * A real S3 server over a directory, on a free port: the program of VERSITYGW, of PATH, or one that is built once with
 * Go and kept beside other downloads of the tests.
 * @returns undefined where it cannot be had; HOW says how it could.
 */
export async function startS3(): Promise<S3Server | undefined> {
  const program = found() ?? built()
  if (!program) return undefined
  const work = mkdtempSync(join(tmpdir(), 'tracewarden-s3-'))
  const objects = join(work, 'objects')
  mkdirSync(objects)
  const port = await freePort()
  const accessKeyId = 'BACKEND' + 'TESTTESTTEST'
  const secretAccessKey = `backend-${'test-secret'.repeat(2)}`
  const endpoint = `http://127.0.0.1:${port}`
  mkdirSync(join(work, 'meta'))
  const child = spawn(
    program,
    ['--port', `127.0.0.1:${port}`, 'posix', '--sidecar', join(work, 'meta'), objects],
    {
      stdio: 'ignore',
      env: {
        PATH: process.env.PATH,
        HOME: work,
        ROOT_ACCESS_KEY: accessKeyId,
        ROOT_SECRET_KEY: secretAccessKey,
      },
    },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(work, { recursive: true, force: true })
  }
  try {
    await answering(endpoint, () => child.exitCode !== null)
  } catch (error) {
    await stop()
    throw error
  }
  return { endpoint, accessKeyId, secretAccessKey, region: 'us-east-1', stop }
}

const cache = join(homedir(), '.cache', 'tracewarden', 's3')

/** Builds it where it is not there yet, so that test files need not. */
export const prepareS3 = (): boolean => (found() ?? built()) !== undefined

function found(): string | undefined {
  if (process.env.VERSITYGW) return process.env.VERSITYGW
  const places = [cache, ...(process.env.PATH ?? '').split(':'), join(homedir(), 'go', 'bin')]
  return places.map((place) => join(place, 'versitygw')).find((path) => existsSync(path))
}

function built(): string | undefined {
  const go = [...(process.env.PATH ?? '').split(':'), '/usr/local/go/bin'].find((p) =>
    existsSync(join(p, 'go')),
  )
  if (go === undefined) return undefined
  mkdirSync(cache, { recursive: true })
  // Two test files may build it at once: each into a place of its own.
  const place = mkdtempSync(join(cache, 'build-'))
  try {
    execFileSync(join(go, 'go'), ['install', MODULE], {
      env: { ...process.env, GOBIN: place, PATH: `${go}:${process.env.PATH ?? ''}` },
      stdio: 'ignore',
    })
    renameSync(join(place, 'versitygw'), join(cache, 'versitygw'))
    return join(cache, 'versitygw')
  } catch {
    return undefined
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

async function answering(endpoint: string, ended: () => boolean): Promise<void> {
  for (;;) {
    if (ended()) throw new Error('the S3 server ended before it answered')
    const answer = await fetch(endpoint).catch(() => undefined)
    if (answer) return void (await answer.body?.cancel())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
