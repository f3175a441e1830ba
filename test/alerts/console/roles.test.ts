import t from 'tap'
import { endpoints } from '../../../alerts/console/api/endpoints.ts'
import { json, openHouse, type User } from './house.ts'

const house = await openHouse(t)

/** Every page and who may see it; a page that is missing here fails the first test. */
const PAGES: Readonly<Record<string, 'anybody' | 'signed-in' | 'auditor'>> = {
  '/': 'signed-in',
  '/sign-in': 'anybody',
  '/alerts': 'auditor',
  '/alerts/:id': 'auditor',
  '/digest': 'auditor',
  '/suppressions': 'auditor',
  '/approvals': 'signed-in',
  '/approvals/:id': 'signed-in',
  '/sessions': 'auditor',
  '/sessions/:id': 'auditor',
  '/users/:id': 'signed-in',
  '/health': 'signed-in',
}
const OUTSIDE = ['/healthz', '/readyz', '/metrics', '/assets/', '/api/v1/', '/sign-in/']
const pages = house.routes.filter(({ url }) => !OUTSIDE.some((path) => url.startsWith(path)))
const filled = (path: string) => path.replace(/:id|\{id\}/, 'nothing')

t.test('every page is in the table, and every form stands before a call of the API', async (t) => {
  t.strictSame(
    pages
      .filter(({ method }) => method === 'GET')
      .map(({ url }) => url)
      .sort(),
    Object.keys(PAGES).sort(),
  )
  const calls = endpoints
    .filter(({ method }) => method === 'POST')
    .map(({ path }) => path.replace('{id}', ':id'))
  t.strictSame(
    pages
      .filter(({ method }) => method === 'POST')
      .map(({ url }) => url)
      .sort(),
    [...calls, '/sign-in', '/sign-out'].sort(),
  )
})

t.test('pages: nobody sees anything signed out, an engineer only what is for everybody', async (t) => {
  for (const [path, who] of Object.entries(PAGES)) {
    const out = await house.page(filled(path))
    t.equal(out.status, who === 'anybody' ? 200 : 303, `signed out: ${path}`)
    if (who !== 'auditor') continue
    for (const user of ['ada', 'rita'] as const) {
      const page = await house.page(filled(path), user)
      t.equal(page.status, 403, `${user}: ${path}`)
      t.match(await page.text(), /needs one of the roles/)
    }
    t.not((await house.page(filled(path), 'sue')).status, 403, `sue: ${path}`)
  }
})

/** A body that passes validation, so that a refusal is for the role. */
const BODY: Readonly<Record<string, unknown>> = {
  '/alerts/{id}/close': { verdict: 'benign', reason: 'because' },
  '/alerts/{id}/suppress': { days: 1, reason: 'because' },
  '/approvals/{id}/decide': { decision: 'deny', reason: 'because' },
  '/slack/enrol': { code: 'ABC' },
}

t.test('each call of the API checks who asks, before anything else', async (t) => {
  for (const { method, path, needs } of endpoints) {
    const name = `${method} ${path}`
    const body = method === 'POST' ? (BODY[path] ?? { reason: 'because' }) : undefined
    const ask = (user?: User, sent = body) => house.api(filled(path), user, sent)
    t.equal((await ask()).status, 401, `signed out: ${name}`)
    const engineer = await ask('ada')
    if (needs !== 'anyone') {
      t.equal(engineer.status, 403, `an engineer: ${name}`)
      t.equal((await json(engineer)).code, 'TW_CONSOLE_ROLE')
      t.equal((await ask('ada', method === 'POST' ? {} : undefined)).status, 403, `before the input: ${name}`)
      t.equal((await ask('rita')).status, 403, `a reviewer: ${name}`)
    } else t.not((await json(engineer)).code, 'TW_CONSOLE_ROLE', `an engineer: ${name}`)
    const analyst = await ask('sue')
    t.equal((await json(analyst)).code === 'TW_CONSOLE_ROLE', needs === 'admin', `an analyst: ${name}`)
    t.not((await json(ask('root'))).code, 'TW_CONSOLE_ROLE', `an admin: ${name}`)
  }
  t.ok(endpoints.length > 20)
})

t.test('a form checks the same role as the call behind it', async (t) => {
  for (const { method, path, needs } of endpoints) {
    if (method !== 'POST' || needs === 'anyone') continue
    t.equal(
      (await house.form(filled(path), 'ada', { reason: 'because' })).status,
      403,
      `an engineer: ${path}`,
    )
    if (needs === 'admin') t.equal((await house.form(filled(path), 'sue', { reason: 'because' })).status, 403)
  }
})

t.test('requests for approval are seen by who made them, who is asked, and analysts', async (t) => {
  const adas = await house.ask('ada')
  const bens = await house.ask('ben', { collection: '7' })
  const vault = await house.ask('ben', { collection: 'vault', reviewers: ['vault'] })
  const seen = async (user: User, query = '') => {
    const { approvals = [] } = await json(house.api(`/approvals${query}`, user))
    return approvals.map(({ id }) => id).sort()
  }
  t.strictSame(await seen('ada'), [adas.id])
  t.strictSame(await seen('ada', '?user=ben'), [adas.id], 'asking for another’s does not help')
  t.strictSame(await seen('rita'), [adas.id, bens.id].sort())
  t.strictSame(await seen('vera'), [vault.id])
  t.strictSame(await seen('sue'), [adas.id, bens.id, vault.id].sort())
  const status = async (user: User, id: string) => [
    (await house.api(`/approvals/${id}`, user)).status,
    (await house.page(`/approvals/${id}`, user)).status,
  ]
  t.strictSame(await status('ada', bens.id), [404, 404])
  t.strictSame(await status('rita', vault.id), [404, 404])
  t.strictSame(await status('vera', vault.id), [200, 200])
  t.strictSame(await status('sue', vault.id), [200, 200])
  const page = await (await house.page('/approvals', 'ada')).text()
  t.match(page, 'Your requests')
  for (const theirs of [bens.id, vault.id, '>ben<', 'user=ben', '/users/ben'])
    t.notOk(page.includes(theirs), `nothing of ben’s: ${theirs}`)
})

t.test('tokens and user pages: one’s own, or with a role', async (t) => {
  const users = async (user: User, query = '') => {
    const { tokens = [] } = await json(house.api(`/tokens${query}`, user))
    return [...new Set(tokens.map(({ user }) => user))].sort()
  }
  await Promise.all([house.tokenOf('ben'), house.tokenOf('ada')])
  t.strictSame(await users('ada', '?user=ben'), ['ada'])
  t.strictSame(await users('sue'), ['sue'])
  t.strictSame(await users('root', '?user=ben'), ['ben'])
  const token = (await house.identity.tokens('ben'))[0]
  t.equal((await house.api(`/tokens/${token?.id}/revoke`, 'ada', {})).status, 404)
  t.equal((await house.page('/users/ben', 'ada')).status, 404)
  t.equal((await house.page('/users/ada', 'ada')).status, 200)
  t.equal((await house.page('/users/nobody', 'sue')).status, 404)
  const page = await (await house.page('/users/ben', 'sue')).text()
  t.match(page, 'action="/users/ben/suspend"')
  t.notMatch(page, /Tokens/, 'tokens of others are for admins')
  t.match(await (await house.page('/users/ben', 'root')).text(), token?.id)
})
