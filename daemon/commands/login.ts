import { z } from 'zod'
import { type Clock, iso, systemClock } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import {
  type DeviceProvider,
  type DeviceTokens,
  deviceLogin,
  deviceLogout,
  deviceProviders,
  deviceRefresh,
} from '../../gateway/port.ts'
import { lintConfig } from '../config/lint.ts'
import { loadConfig } from '../config/load.ts'
import { credentialsFile, type Login, readCredentials, writeCredentials } from '../credentials.ts'
import { fail } from '../errors.ts'
import { data, jsonLine, message } from '../output.ts'

interface LoginOptions {
  config: string
  server?: string
  provider?: string
  json?: boolean
}

/** A token with less life than this is renewed before it is given out, ms. */
const SPARE = 60_000
const TIMEOUT = 10_000

/** `login`: the device flow. The person's browser may be on another machine. */
export async function loginCommand(options: LoginOptions): Promise<void> {
  const clock = systemClock
  const providers = options.server ? await askServer(options.server) : configured(options.config)
  const provider = chosen(providers, options.provider)
  const tokens = await deviceLogin(provider, clock, ({ url, code, complete, expires }) => {
    const until = iso(expires)
    if (options.json) jsonLine({ url, code, ...(complete === undefined ? {} : { complete }), expires: until })
    else
      message(
        `Open ${url} and enter the code ${code}\n${complete === undefined ? '' : `or open ${complete}\n`}It holds until ${until}.`,
      )
  })
  const file = credentialsFile(process.env)
  const { logins } = readCredentials(file)
  logins[provider.name] = loginOf(provider, tokens)
  writeCredentials(file, { version: 1, current: provider.name, logins })
  const expires = iso(tokens.expires)
  if (options.json) jsonLine({ provider: provider.name, subject: tokens.subject, expires, file })
  else
    message(`Logged in with ${provider.name} as ${tokens.subject}. \`tracewarden token\` prints the token.`)
}

/** `logout`: forgets the login here, and tells the provider where it listens. */
export async function logoutCommand(options: { provider?: string; json?: boolean }): Promise<void> {
  const file = credentialsFile(process.env)
  const { name, login } = found(file, options.provider)
  const { logins, current } = readCredentials(file)
  delete logins[name]
  const left = current === name ? Object.keys(logins)[0] : current
  writeCredentials(file, { version: 1, logins, ...(left === undefined ? {} : { current: left }) })
  let told = true
  if (login.refresh_token !== undefined)
    await deviceLogout(login.provider, login.refresh_token).catch((error: unknown) => {
      if (!(error instanceof CodedError)) throw error
      told = false
    })
  if (options.json) jsonLine({ provider: name, told })
  else
    message(
      told
        ? `Logged out of ${name}.`
        : `Logged out of ${name} here; the provider could not be told, so its refresh token lives on there.`,
    )
}

/** `token`: the access token on standard output, renewed where it is about to end. */
export async function printTokenCommand(options: { provider?: string }): Promise<void> {
  const clock = systemClock
  const file = credentialsFile(process.env)
  const { name, login } = found(file, options.provider)
  data((await renewed(file, name, login, clock)).access_token)
}

async function renewed(file: string, name: string, login: Login, clock: Clock): Promise<Login> {
  if (Date.parse(login.expires) > clock.now() + SPARE) return login
  if (login.refresh_token === undefined) throw fail('TW_LOGIN_OVER', { provider: name })
  try {
    const tokens = await deviceRefresh(login.provider, clock, login.refresh_token)
    const fresh = loginOf(login.provider, tokens)
    const credentials = readCredentials(file)
    writeCredentials(file, { ...credentials, logins: { ...credentials.logins, [name]: fresh } })
    return fresh
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== 'TW_AUTH_SIGN_IN_REFUSED') throw error
    // A refresh token is spent by its use: another command beside this one may have renewed meanwhile.
    const now = readCredentials(file).logins[name]
    if (now && now.access_token !== login.access_token) return now
    throw fail('TW_LOGIN_OVER', { provider: name }, error)
  }
}

const loginOf = (provider: DeviceProvider, tokens: DeviceTokens): Login => ({
  provider: { ...provider, scopes: [...provider.scopes], parameters: { ...provider.parameters } },
  subject: tokens.subject,
  access_token: tokens.access,
  expires: iso(tokens.expires),
  ...(tokens.refresh === undefined ? {} : { refresh_token: tokens.refresh }),
})

/** @throws TW_LOGIN_NONE, TW_LOGIN_FILE */
function found(file: string, wanted: string | undefined): { name: string; login: Login } {
  const { current, logins } = readCredentials(file)
  const name = wanted ?? current
  const login = name === undefined || !Object.hasOwn(logins, name) ? undefined : logins[name]
  if (name === undefined || !login)
    throw fail('TW_LOGIN_NONE', { provider: wanted === undefined ? '' : ` with ${wanted}` })
  return { name, login }
}

function chosen(providers: readonly DeviceProvider[], wanted: string | undefined): DeviceProvider {
  const provider =
    wanted === undefined && providers.length === 1 ? providers[0] : providers.find((p) => p.name === wanted)
  if (provider) return provider
  const known = providers.map(({ name }) => name).join(', ') || 'none'
  throw fail('TW_LOGIN_PROVIDER', { provider: wanted ?? '(not chosen)', known })
}

const configured = (file: string): DeviceProvider[] =>
  deviceProviders(loadConfig(file, { env: process.env, lint: lintConfig }).identity)

const answer = z.object({
  providers: z.array(
    z.object({
      name: z.string().max(64),
      issuer: z.url(),
      client: z.string(),
      scopes: z.array(z.string()),
      parameters: z.record(z.string(), z.string()),
      skew: z.number(),
    }),
  ),
})

/** Asks the console. Over plain http somebody on the way could name a provider of their own, so only on this machine. */
async function askServer(server: string): Promise<DeviceProvider[]> {
  const wrong = (reason: string, cause?: unknown) => fail('TW_LOGIN_SERVER', { server, reason }, cause)
  if (!URL.canParse(server)) throw wrong('it is no URL')
  const url = new URL('/sign-in/device', server)
  const own = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && own)) throw wrong('it is not https')
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT) })
    if (!response.ok) throw wrong(`it answered ${response.status}`)
    return answer.parse(await response.json()).providers
  } catch (error) {
    if (error instanceof CodedError) throw error
    throw wrong('it did not answer as a console does', error)
  }
}
