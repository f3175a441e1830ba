import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { stringify } from 'yaml'
import { freePort, launch, run } from '../process.ts'
import type { Report } from '../report.ts'
import { HOW, type Keycloak, startKeycloak } from './server.ts'

/** The person whom the realm's OIDC and SAML clients name differently, and who is one here. */
const ODETTE = '11111111-1111-4111-8111-111111111111'
const PATIENCE = 45_000

interface House {
  root: string
  file: string
  console: string
  door: string
}

/** Sign-in with a real Keycloak through a real browser: code flow, SAML, device flow, groups to roles. */
export async function checkKeycloak(
  report: Report,
  browser: Browser,
  { root, scratch, closing }: { root: string; scratch: string; closing: (() => Promise<void>)[] },
): Promise<void> {
  const cwd = join(scratch, 'keycloak')
  mkdirSync(cwd, { recursive: true })
  const [consolePort, doorPort] = [await freePort(), await freePort()]
  const console = `http://127.0.0.1:${consolePort}`
  const door = `http://127.0.0.1:${doorPort}`
  const keycloak = await startKeycloak(cwd, { console, door })
  if (!keycloak) return report.skip('Keycloak', HOW)
  closing.push(() => keycloak.server.stop())
  const file = join(cwd, 'tracewarden.yaml')
  writeFileSync(file, stringify(configOf(keycloak, { cwd, console, door, backend: await store(closing) })))
  const main = [...mainOf(root), 'start', '--config', file]
  const server = launch(process.execPath, main, { cwd: root, env: process.env, log: join(cwd, 'daemon.log') })
  closing.push(() => server.stop())
  const ready = async () => readFileSync(server.log, 'utf8').includes('tracewarden ready ')
  if (!(await server.until(ready, 60_000)))
    throw new Error(`not ready: ${readFileSync(server.log, 'utf8').slice(-3000)}`)
  const house = { root, file, console, door }
  await report.part('Keycloak: code flow', () => checkCodeFlow(report, browser, house))
  await report.part('Keycloak: SAML', () => checkSaml(report, browser, house))
  await report.part('Keycloak: device flow', () => checkDevice(report, browser, house, cwd))
}

const mainOf = (root: string) => ['--import=tsx', join(root, 'daemon/main.ts')]

function configOf(
  { issuer, certificate }: Keycloak,
  { cwd, console, door, backend }: { cwd: string; console: string; door: string; backend: string },
) {
  return {
    data: join(cwd, 'data'),
    console: { listen: console.slice(7) },
    connections: [
      {
        name: 'traces',
        profile: 'json',
        listen: door.slice(7),
        backend,
        routes: [{ path: '/traces/:id', action: 'read', trace_id: ':id' }],
      },
    ],
    identity: {
      oidc: [
        {
          name: 'keycloak',
          title: 'Keycloak',
          issuer,
          audience: 'tracewarden',
          claims: { user: 'preferred_username' },
          sign_in: { client: 'tracewarden-web', secret: 'not-a-secret' },
          device: { client: 'tracewarden-cli', scopes: ['openid'] },
        },
      ],
      saml: [
        {
          name: 'keycloak-saml',
          title: 'Keycloak by SAML',
          entity_id: issuer,
          sso: `${issuer}/protocol/saml`,
          certificates: [certificate],
          name_id: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
        },
      ],
      roles: { 'soc-team': ['soc'], engineers: ['ml-engineer'] },
      users: [{ id: 'odette', subject: [`${issuer}#${ODETTE}`, `saml:${issuer}#odette`] }, { id: 'olga' }],
    },
    approvals: { default_groups: ['owners'], groups: [{ name: 'owners', members: ['odette', 'olga'] }] },
  }
}

/** A trace store of one trace. */
async function store(closing: (() => Promise<void>)[]): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ id: 't1', output: 'the answer is forty-two' }))
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  closing.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${port}`
}

async function openPage(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  page.setDefaultTimeout(PATIENCE)
  return page
}

/** From our sign-in page to the provider's and back. */
async function signIn(page: Page, button: string, user: string, to: RegExp): Promise<void> {
  await page.getByRole('link', { name: button, exact: true }).click()
  await atProvider(page, user)
  await page.waitForURL(to, { timeout: PATIENCE }).catch(async (error: unknown) => {
    const said = await page.locator('body').innerText()
    throw new Error(`${String(error).slice(0, 300)}\n${page.url()}: ${said.slice(0, 600)}`)
  })
}

async function atProvider(page: Page, user: string): Promise<void> {
  const name = page.locator('#username')
  // Who is asked again is known already: only the password is left to give.
  if (await name.isVisible().catch(() => false)) await name.fill(user)
  else {
    await page.locator('#password').waitFor()
    if (await name.isVisible()) await name.fill(user)
  }
  await page.locator('#password').fill('not-a-password')
  await page.locator('#kc-login').click()
}

async function checkCodeFlow(report: Report, browser: Browser, { console, door }: House): Promise<void> {
  const page = await openPage(browser)
  await page.goto(`${console}/alerts?status=open`)
  await signIn(page, 'Sign in with Keycloak', 'odette', /\/alerts\?status=open$/)
  report.check(
    'an analyst by group comes to the page that was asked for',
    page.url() === `${console}/alerts?status=open`,
    page.url(),
  )
  report.check('and is called as config says', await page.locator('a[href="/users/odette"]').isVisible())
  const cookie = (await page.context().cookies(console)).find(({ name }) => name === 'tracewarden')
  report.check(
    'the session cookie is kept from scripts and other sites',
    cookie?.httpOnly === true && cookie.sameSite === 'Strict',
    JSON.stringify({ ...cookie, value: '' }),
  )
  await page.goto(`${console}/sign-in?fresh=1&next=/approvals`)
  await signIn(page, 'Sign in with Keycloak', 'odette', /\/approvals$/)
  report.check(
    'a fresh sign-in asks for the password again',
    page.url() === `${console}/approvals`,
    page.url(),
  )

  await page.goto(`${door}/traces/t1`)
  report.check('the door’s pages take the same cookie', (await page.content()).includes('forty-two'))

  await page.goto(`${console}/approvals`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(`${console}/sign-in`, { timeout: PATIENCE })
  await page.getByRole('link', { name: 'Sign in with Keycloak', exact: true }).click()
  await page.locator('#password').waitFor()
  report.check(
    'signing out ends the session at the provider too',
    page.url().includes('/realms/corp/'),
    page.url(),
  )
  await page.context().close()

  const other = await openPage(browser)
  await other.goto(`${door}/traces/t1`)
  await signIn(other, 'Sign in with Keycloak', 'emil', /\/traces\/t1$/)
  report.check('a door’s own sign-in leads to the trace', (await other.content()).includes('forty-two'))
  const alerts = await other.goto(`${console}/alerts`)
  report.check('an engineer by group is no analyst', alerts?.status() === 403, String(alerts?.status()))
  await other.context().close()
}

async function checkSaml(report: Report, browser: Browser, { console }: House): Promise<void> {
  const page = await openPage(browser)
  await page.goto(`${console}/alerts?status=open`)
  await signIn(page, 'Sign in with Keycloak by SAML', 'odette', /\/alerts\?status=open$/)
  report.check(
    'SAML signs the same person in',
    await page.locator('a[href="/users/odette"]').isVisible(),
    page.url(),
  )
  report.check('with the roles of the groups', page.url() === `${console}/alerts?status=open`, page.url())
  const answered = await page.goto(`${console}/sign-in/saml/keycloak-saml/metadata`).catch(() => undefined)
  report.check('our metadata is served', answered?.status() !== 404)
  await page.goto(`${console}/sign-in?fresh=1&next=/approvals`)
  await signIn(page, 'Sign in with Keycloak by SAML', 'odette', /\/approvals$/)
  report.check('ForceAuthn asks for the password again', page.url() === `${console}/approvals`, page.url())
  await page.context().close()
}

async function checkDevice(
  report: Report,
  browser: Browser,
  { root, file, console, door }: House,
  cwd: string,
): Promise<void> {
  const env = { ...process.env, XDG_CONFIG_HOME: join(cwd, 'home') }
  const log = join(cwd, 'login.log')
  const login = launch(process.execPath, [...mainOf(root), 'login', '--server', console, '--json'], {
    cwd: root,
    env,
    log,
  })
  const told = () => /"complete":"([^"]+)"/.exec(readFileSync(log, 'utf8'))?.[1]
  await login.until(async () => told() !== undefined, 30_000)
  const page = await openPage(browser)
  await page.goto(told() ?? 'about:blank')
  await atProvider(page, 'emil')
  await page.locator('#kc-login, [name=accept]').first().click()
  // It ends by itself once it is done, and `until` with it.
  const done = () => readFileSync(log, 'utf8').includes('"subject"')
  await login.until(async () => done(), 60_000)
  report.check(
    'tracewarden login: the code entered in a browser',
    done(),
    readFileSync(log, 'utf8').slice(-500),
  )
  await page.context().close()
  const token = await run(process.execPath, [...mainOf(root), 'token'], { cwd: root, env })
  const answer = await fetch(`${door}/traces/t1`, {
    headers: { authorization: `Bearer ${token.out.trim()}` },
  })
  report.check(
    'tracewarden token: a client reads with it',
    answer.status === 200,
    `${answer.status} ${token.err}`,
  )
  const out = await run(process.execPath, [...mainOf(root), 'logout'], { cwd: root, env })
  report.check(
    'tracewarden logout',
    out.code === 0 && out.err.includes('Logged out of keycloak.'),
    out.err + file,
  )
}
