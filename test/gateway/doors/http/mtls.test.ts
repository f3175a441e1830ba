import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type RequestOptions, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import t from 'tap'
import { peerCertificate } from '../../../../gateway/identity/peer.ts'
import { type Issued, issue } from '../../../support/certificate.ts'
import { startOpenId } from '../../../support/openid.ts'
import { answerJson, house } from './house.ts'

// Not tap's own directory, which each house empties for itself.
const files = mkdtempSync(join(tmpdir(), 'tracewarden-mtls-'))
t.teardown(() => rmSync(files, { recursive: true, force: true }))
const authority = issue('Clients CA')
const stranger = issue('Clients CA')
const server = issue('door', { ip: '127.0.0.1' })
const put = (name: string, text: string) => {
  writeFileSync(join(files, name), text)
  return join(files, name)
}
const tls = {
  cert: put('door.crt', server.cert),
  key: put('door.key', server.key),
  client_ca: put('ca.crt', authority.cert),
}
const ann = issue('ann', { by: authority, email: 'ann@example.com' })
const bob = issue('bob', { by: authority })
const nobody = issue('nobody', { by: authority, email: 'nobody@example.com' })
const openid = await startOpenId(t, {})
openid.serve({ callbacks: ['https://nowhere.example/'], afterLogout: [] })

const open = (client: 'ask' | 'require') =>
  house(t, {
    backend: (_req, res) => answerJson(res, { trace_id: 't1', text: 'shown' }),
    connection: { tls: { ...tls, client } },
    identity: {
      users: [
        { id: 'ann', roles: ['ml-engineer'], certificates: ['email:ann@example.com'] },
        { id: 'bob', roles: ['ml-engineer'], certificates: ['subject:CN=bob'] },
        { id: 'rev', roles: ['trace-owner'] },
      ],
      oidc: [{ name: 'corp', issuer: openid.issuer, audience: 'tw' }],
    },
  })
const asking = await open('ask')

/** What the door answers over TLS with this certificate, or `refused` where there is no connection. */
function get(address: string, client?: Issued, headers: Record<string, string> = {}) {
  const [host, port] = address.split(':')
  const options: RequestOptions = { host, port, path: '/traces/t1', headers, agent: false, ca: server.cert }
  if (client) Object.assign(options, { cert: client.cert, key: client.key })
  return new Promise<{ status: number | 'refused'; text: string }>((done) => {
    const sent = request(options, (answer) => {
      let text = ''
      answer.on('data', (chunk) => (text += chunk))
      answer.on('end', () => done({ status: answer.statusCode ?? 0, text }))
    })
    sent.on('error', () => done({ status: 'refused', text: '' }))
    sent.end()
  })
}
const to = (client?: Issued, headers?: Record<string, string>) => get(asking.address(), client, headers)

t.test(
  'a certificate of the authority is whom config says, by its alternative name or its subject',
  async (t) => {
    t.match(await to(ann), { status: 200, text: /shown/ })
    t.match(asking.told('trace-read').at(-1), {
      user: { id: 'ann' },
      tracewarden: {
        person: { credential: `x5t:${peerCertificate(new X509Certificate(ann.cert)).thumbprint}` },
      },
    })
    t.equal((await to(bob)).status, 200)
    t.equal(asking.told('trace-read').at(-1)?.user?.id, 'bob')
  },
)

t.test(
  'nobody’s certificate, another authority’s, none, and a suspended person’s open nothing',
  async (t) => {
    t.match(await to(nobody), { status: 403, text: /TW_AUTH_CERTIFICATE_UNKNOWN/ })
    t.match(await to(issue('bob', { by: stranger })), { status: 401 })
    t.match(await to(issue('bob', { by: authority, ends: -1000 })), { status: 401 }, 'expired')
    t.match(await to(), { status: 401 })
    const page = { 'sec-fetch-site': 'cross-site' }
    t.match(
      await to(ann, page),
      { status: 403, text: /TW_HTTP_CROSS_SITE/ },
      'a browser shows it to any page',
    )
    await asking.identity.suspend('bob', 'ann', 'a test')
    t.match(await to(bob), { status: 403, text: /TW_AUTH_SUSPENDED/ })
    await asking.identity.restore('bob', 'ann', 'a test')
  },
)

t.test('a token goes before the certificate; one bound to a certificate is good with it alone', async (t) => {
  t.equal((await to(bob, { authorization: `Bearer ${asking.ann}` })).status, 200)
  t.equal(asking.told('trace-read').at(-1)?.user?.id, 'ann')
  const bound = (cnf: object) =>
    new SignJWT({ iss: openid.issuer, aud: 'tw', sub: 'cleo', cnf })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(openid.key)
  const { thumbprint } = peerCertificate(new X509Certificate(ann.cert))
  const token = { authorization: `Bearer ${await bound({ 'x5t#S256': thumbprint })}` }
  t.equal((await to(ann, token)).status, 200)
  t.equal(asking.told('trace-read').at(-1)?.user?.id, 'cleo')
  for (const client of [bob, undefined])
    t.match(
      await to(client, token),
      { status: 401, text: /TW_AUTH_BOUND/ },
      'also once it was seen to be good',
    )
  const both = { authorization: `Bearer ${await bound({ 'x5t#S256': thumbprint, jkt: 'x' })}` }
  t.match(
    await to(ann, both),
    { status: 401, text: /TW_AUTH_BOUND/ },
    'what else it is bound to was not proven',
  )
})

t.test('where config requires a certificate, nobody connects without', async (t) => {
  const strict = await open('require')
  t.equal((await get(strict.address(), ann)).status, 200)
  t.equal(
    (await get(strict.address(), undefined, { authorization: `Bearer ${strict.ann}` })).status,
    'refused',
  )
  t.equal((await get(strict.address(), issue('ann', { by: stranger }))).status, 'refused')
})

t.test('names that could be read as several are one', async (t) => {
  const sly = issue('x,CN=bob', { by: authority, email: 'a@b.example, email:ann@example.com' })
  const { names } = peerCertificate(new X509Certificate(sly.cert))
  t.notOk(names.includes('subject:CN=bob'))
  t.notOk(names.includes('email:ann@example.com'))
  t.equal((await to(sly)).status, 403)
})
