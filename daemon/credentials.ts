import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { CodedError } from '../core/errors.ts'
import { fail } from './errors.ts'

/**
 * What `tracewarden login` leaves behind, for other commands and for clients: one file of the user's alone, `current`
 * naming the login that is used where no other is asked for.
 */
export type Credentials = z.infer<typeof shape>
export type Login = z.infer<typeof login>

const login = z.strictObject({
  provider: z.strictObject({
    name: z.string(),
    issuer: z.string(),
    client: z.string(),
    scopes: z.array(z.string()),
    parameters: z.record(z.string(), z.string()),
    skew: z.number(),
  }),
  subject: z.string(),
  access_token: z.string(),
  /** RFC 3339. */
  expires: z.iso.datetime(),
  refresh_token: z.string().optional(),
})

const shape = z.strictObject({
  version: z.literal(1),
  current: z.string().optional(),
  logins: z.record(z.string(), login),
})

/** `$XDG_CONFIG_HOME/tracewarden/credentials.json`, by default under `~/.config`. */
export const credentialsFile = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'tracewarden', 'credentials.json')

/** Empty where there is no file. @throws TW_LOGIN_FILE */
export function readCredentials(file: string): Credentials {
  let text: string
  try {
    const { mode } = statSync(file)
    if (process.platform !== 'win32' && mode & 0o077)
      throw fail('TW_LOGIN_FILE', { file, reason: 'others may read it' })
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { version: 1, logins: {} }
    if (error instanceof CodedError) throw error
    throw fail('TW_LOGIN_FILE', { file, reason: 'it cannot be read' }, error)
  }
  try {
    return shape.parse(JSON.parse(text))
  } catch (error) {
    throw fail('TW_LOGIN_FILE', { file, reason: 'it is not what `tracewarden login` writes' }, error)
  }
}

/** Whole or not at all, and never readable by others, not even for a moment. @throws TW_LOGIN_FILE */
export function writeCredentials(file: string, credentials: Credentials): void {
  const fresh = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    rmSync(fresh, { force: true })
    writeFileSync(fresh, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    chmodSync(fresh, 0o600)
    renameSync(fresh, file)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw fail('TW_LOGIN_FILE', { file, reason: 'it cannot be written' }, error)
  }
}
