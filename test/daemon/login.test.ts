import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SignJWT } from 'jose'
import t from 'tap'
import { createIdentity, identityConfig } from '../../gateway/port.ts'
import { manualClock, replicaDeps, sharedDocuments } from '../gateway/harness.ts'
import { startOpenId } from '../support/openid.ts'
import { run } from '../support/program.ts'
import { Surfer } from '../support/surfer.ts'

t.setTimeout(600_000)

const openid = await startOpenId(t, { odette: { groups: ['platform'] } })
openid.serve({ callbacks: ['https://nowhere.example/'], afterLogout: [] })
const directory = t.testdir()
const home = join(directory, 'home')
const file = join(home, 'tracewarden', 'credentials.json')
const env = { XDG_CONFIG_HOME: home }
const identity = {
  oidc: [
    {
      name: 'corp',
      issuer: openid.issuer,
      audience: 'urn:tracewarden',
      clients: ['cli'],
      device: { client: 'cli', scopes: ['openid', 'offline_access', 'traces'] },
    },
  ],
}
const config = join(directory, 'tracewarden.yaml')
writeFileSync(config, JSON.stringify({ identity }))
const store = sharedDocuments(t)

/** `login` as it runs: what it tells first, and its end. */
function login(...args: string[]) {
  const root = resolve(import.meta.dirname, '../..')
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import=tsx', join(root, 'daemon/main.ts'), 'login', '--config', config, '--json', ...args],
    { cwd: root, env: { ...process.env, ...env } },
  )
  let out = ''
  let err = ''
  const told = new Promise<{ complete: string; code: string }>((done, fail) => {
    child.stdout?.on('data', (chunk) => {
      out += chunk
      if (out.includes('\n')) done(JSON.parse(out.slice(0, out.indexOf('\n'))))
    })
    child.on('close', () => fail(new Error(`ended: ${out}${err}`)))
  })
  child.stderr?.on('data', (chunk) => (err += chunk))
  const ended = new Promise<{ code: number | null; out: string; err: string }>((done) =>
    child.on('close', (code) => done({ code, out, err })),
  )
  return { told, ended }
}

/** What the person does at the provider: confirm the code, say who they are, agree or not. */
async function decide({ complete }: { complete: string }, agree = true): Promise<void> {
  const surfer = new Surfer()
  let page = await surfer.follow(complete)
  for (let step = 0; step < 5 && /<form/.test(page.text); step++)
    page = agree
      ? await surfer.submit(page, { login: 'odette', password: 'x', confirm: 'yes' })
      : await surfer.submit(page, step === 0 ? {} : { abort: 'yes' })
}

t.test(
  'login by device flow leaves a token that the gateway takes, in a file of its owner alone',
  async (t) => {
    const { told, ended } = login()
    const code = await told
    t.match(code, { url: `${openid.issuer}/device`, code: /^[A-Z]{4}-[A-Z]{4}$/ })
    await decide(code)
    const { code: exit, out, err } = await ended
    t.equal(exit, 0, err)
    t.match(JSON.parse(out.split('\n')[1] ?? ''), { provider: 'corp', subject: 'odette', file })
    t.equal(statSync(file).mode & 0o777, 0o600)
    t.equal(statSync(join(home, 'tracewarden')).mode & 0o777, 0o700)

    const printed = await run(['token'], env)
    t.equal(printed.code, 0, printed.err)
    const clock = { ...manualClock(), now: () => Date.now() }
    const service = createIdentity(
      identityConfig.parse(identity),
      replicaDeps(t.testdir(), store().documents, clock),
    )
    await service.start()
    t.teardown(() => service.stop())
    t.match(await service.authenticate(printed.out.trim()), {
      person: { id: `${openid.issuer}#odette`, kind: 'human' },
      credential: { kind: 'oidc' },
    })
  },
)

t.test(
  'a token about to end is renewed; a login that is over says so; a file that others may read is refused',
  async (t) => {
    const before = JSON.parse(readFileSync(file, 'utf8'))
    const old = before.logins.corp.access_token
    const put = (change: object) =>
      writeFileSync(
        file,
        JSON.stringify({ ...before, logins: { corp: { ...before.logins.corp, ...change } } }),
      )
    put({ expires: new Date(Date.now() + 5000).toISOString() })
    const [first, second] = await Promise.all([run(['token'], env), run(['logout', '--provider', 'x'], env)])
    t.equal(first.code, 0, first.err)
    t.not(first.out.trim(), old)
    t.equal(JSON.parse(readFileSync(file, 'utf8')).logins.corp.access_token, first.out.trim())
    t.match(second, { code: 1, err: /Nobody is logged in with x/ })
    chmodSync(file, 0o644)
    t.match(await run(['token'], env), { code: 1, out: '', err: /others may read it[\s\S]*chmod 600/ })
    chmodSync(file, 0o600)
    put({ expires: new Date(0).toISOString(), refresh_token: 'made-up' })
    t.match(await run(['token'], env), { code: 1, out: '', err: /is over[\s\S]*TW_LOGIN_OVER/ })
    writeFileSync(file, JSON.stringify(before))
  },
)

t.test('logging out forgets the login', async (t) => {
  t.match(await run(['logout'], env), { code: 0, err: /Logged out of corp/ })
  t.match(JSON.parse(readFileSync(file, 'utf8')), { logins: {} })
  t.match(await run(['token'], env), { code: 1, err: /Nobody is logged in/ })
})

t.test(
  'a person who says no, a provider without a choice and a server that is none are clear ends',
  async (t) => {
    const { told, ended } = login()
    const [wrong, plain, none] = await Promise.all([
      run(['login', '--config', config, '--provider', 'other'], env),
      run(['login', '--server', 'http://tracewarden.example'], env),
      run(['login', '--server', openid.issuer], env),
      told.then((code) => decide(code, false)),
    ])
    t.match(wrong, { code: 2, err: /no provider other[\s\S]*there are: corp/ })
    t.match(plain, { code: 2, err: /it is not https/ })
    t.match(none, { code: 2, err: /it answered 404/ })
    t.match(await ended, { code: 1, err: /did not sign you in: access_denied/ })
    t.notOk(Object.keys(JSON.parse(readFileSync(file, 'utf8')).logins).length)
  },
)

t.test('slow_down is heeded; an access token that is no JWT is refused at once', async (t) => {
  const asked: string[] = []
  const jwt = await new SignJWT({ sub: 'odette' }).setProtectedHeader({ alg: 'RS256' }).sign(openid.key)
  const answers = [
    { error: 'authorization_pending' },
    { error: 'slow_down' },
    { access_token: `${jwt.slice(0, 10)}`, token_type: 'Bearer' },
  ]
  const metadata = await (await fetch(`${openid.issuer}/.well-known/openid-configuration`)).json()
  const undo = openid.answer((request, response) => {
    asked.push(request.url ?? '')
    response.setHeader('content-type', 'application/json')
    if (request.url?.includes('openid-configuration')) return response.end(JSON.stringify(metadata))
    if (request.url?.includes('device'))
      return response.end(
        JSON.stringify({
          device_code: 'd',
          user_code: 'AAAA-\u001b[31mBBBB',
          verification_uri: 'https://id.example/device',
          expires_in: 60,
          interval: 0.01,
        }),
      )
    const next = answers.shift() ?? { error: 'expired_token' }
    if ('error' in next) response.statusCode = 400
    return response.end(JSON.stringify(next))
  })
  t.teardown(undo)
  const { told, ended } = login()
  t.match(await told, { code: 'AAAA-[31mBBBB' }, 'no control characters on a terminal')
  t.match(await ended, { code: 1, err: /no JWT with a subject/ })
  t.equal(asked.filter((url) => url.includes('token')).length, 3)
  t.notOk(existsSync(`${file}.tmp`))
})
