import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { SignJWT } from 'jose'
import type pg from 'pg'
import t from 'tap'
import { systemRandom as random } from '../../../core/random.ts'
import { openLink } from '../../../gateway/doors/postgres/backend/link.ts'
import { peerCertificate } from '../../../gateway/identity/peer.ts'
import { type Issued, issue } from '../../support/certificate.ts'
import { startOpenId } from '../../support/openid.ts'
import { house, READER, SCHEMA, until } from './wire-house.ts'

t.test('TLS on both sides', async (t) => {
  const files = mkdtempSync(join(tmpdir(), 'tracewarden-tls-'))
  t.teardown(() => rmSync(files, { recursive: true, force: true }))
  const put = (name: string, text: string) => {
    writeFileSync(join(files, name), text)
    return join(files, name)
  }
  const authority = issue('Clients CA')
  const stranger = issue('Clients CA')
  const inside = issue('Servers CA')
  const other = issue('Servers CA')
  const door = issue('door', { ip: '127.0.0.1' })
  const ann = issue('ann', { by: authority, email: 'ann@example.com' })
  const nobody = issue('nobody', { by: authority })
  const openid = await startOpenId(t, {})
  openid.serve({ callbacks: ['https://nowhere.example/'], afterLogout: [] })

  /** The server gets a certificate for 127.0.0.1, as whose user it runs. */
  const furnish = async (admin: pg.Client) => {
    const { rows } = await admin.query('SHOW data_directory')
    const directory = String(rows[0].data_directory)
    const { uid, gid } = statSync(directory)
    const { cert, key } = issue('database', { by: inside, ip: '127.0.0.1' })
    for (const [name, text] of [
      ['server.crt', cert],
      ['server.key', key],
    ] as const) {
      writeFileSync(join(directory, name), text, { mode: 0o600 })
      chownSync(join(directory, name), uid, gid)
    }
    await admin.query('ALTER SYSTEM SET ssl = on')
    await admin.query('SELECT pg_reload_conf()')
    await until(async () => (await admin.query('SHOW ssl')).rows[0].ssl === 'on')
    await admin.query(SCHEMA)
  }
  const ca = put('servers.crt', inside.cert)
  const tls = {
    cert: put('door.crt', door.cert),
    key: put('door.key', door.key),
    client_ca: put('clients.crt', authority.cert),
  }
  const identity = {
    users: [
      { id: 'ann', roles: ['ml-engineer'], certificates: ['email:ann@example.com'] },
      { id: 'bob', roles: ['ml-engineer'] },
      { id: 'rev', roles: ['trace-owner'] },
    ],
    oidc: [{ name: 'corp', issuer: openid.issuer, audience: 'tw' }],
  }
  const h = await house(t, { connection: { tls }, backend: { tls: 'verify', ca }, furnish, identity })
  const withCertificate = (client?: Issued) => ({
    ssl: { ca: door.cert, ...(client && { cert: client.cert, key: client.key }) },
  })
  const ask = async (more: pg.ClientConfig) => {
    const client = await h.connect(more)
    await client.query('SELECT id, trace_id, customer FROM spans WHERE id = 1')
    return { client, told: h.told().findLast(({ tracewarden }) => tracewarden.request) }
  }

  await t.test('a client over TLS is served, from a database over TLS that proved its name', async (t) => {
    const { client } = await ask(withCertificate())
    const { rows } = await h.admin.query(
      'SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = $1',
      [READER.user],
    )
    t.ok(rows.length >= 2, 'the gateway’s own session and the client’s')
    t.ok(rows.every(({ ssl }) => ssl === true))
    await client.end()
  })

  await t.test('a database of another authority or name, or without TLS, is not spoken to', async (t) => {
    const { port } = h.postgres
    const open = (backend: { host?: string; ca?: string; tls?: 'verify' | 'require' | 'off' }) =>
      openLink({
        backend: { host: '127.0.0.1', port, database: 'postgres', ...READER, tls: 'verify', ...backend },
        parameters: {},
        random,
        salted: new Map(),
      })
    const refused = { code: 'TW_PG_BACKEND_AUTH' }
    await t.rejects(open({ ca: put('other.crt', other.cert) }), refused, 'another authority')
    await t.rejects(open({}), refused, 'not known to the system')
    await t.rejects(open({ ca, host: 'localhost' }), refused, 'another name')
    for (const backend of [{ ca }, { tls: 'require' as const }]) {
      const link = await open(backend)
      t.equal(link.status, 'I')
      link.close()
    }
    await h.admin.query('ALTER SYSTEM SET ssl = off')
    await h.admin.query('SELECT pg_reload_conf()')
    await until(async () => (await h.admin.query('SHOW ssl')).rows[0].ssl === 'off')
    await t.rejects(open({ ca }), refused, 'no TLS')
    await t.rejects(open({ tls: 'require' }), refused, 'no TLS')
    await h.admin.query('ALTER SYSTEM SET ssl = on')
    await h.admin.query('SELECT pg_reload_conf()')
    await until(() =>
      open({ ca }).then(
        (link) => {
          link.close()
          return true
        },
        () => false,
      ),
    )
  })

  await t.test('a certificate signs in the user it names, and nobody else', async (t) => {
    const { told } = await ask({ ...withCertificate(ann), user: 'ann', password: 'not-looked-at' })
    const { thumbprint } = peerCertificate(new X509Certificate(ann.cert))
    t.match(told, {
      user: { id: 'ann' },
      tracewarden: { person: { credential: `x5t:${thumbprint}` } },
    })
    const bob = await h.token('bob')
    const { told: other } = await ask({ ...withCertificate(ann), user: 'bob', password: bob })
    t.equal(other?.user?.id, 'bob', 'a token is asked for where the user is another')
    t.equal((await ask({ ...withCertificate(nobody), password: bob })).told?.user?.id, 'bob')
    for (const client of [nobody, undefined])
      await t.rejects(
        h.connect({ ...withCertificate(client), user: 'ann', password: 'wrong' }),
        { code: '28P01' },
        'its token decides',
      )
    for (const wrong of [
      issue('ann', { by: stranger, email: 'ann@example.com' }),
      issue('ann', { by: authority, email: 'ann@example.com', ends: -1000 }),
    ])
      await t.rejects(
        h.connect({ ...withCertificate(wrong), user: 'ann' }),
        'one of another authority, or expired, lets nobody in, whatever comes with it',
      )
  })

  await t.test('a token bound to a certificate is good with it alone', async (t) => {
    const { thumbprint } = peerCertificate(new X509Certificate(nobody.cert))
    const bound = await new SignJWT({
      iss: openid.issuer,
      aud: 'tw',
      sub: 'cleo',
      cnf: { 'x5t#S256': thumbprint },
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(openid.key)
    const { told } = await ask({ ...withCertificate(nobody), password: bound })
    t.equal(told?.user?.id, 'cleo')
    for (const client of [ann, undefined])
      await t.rejects(
        h.connect({ ...withCertificate(client), user: 'cleo', password: bound }),
        /TW_AUTH_BOUND/,
        'also once it was seen to be good',
      )
  })

  await t.test('bytes before the encryption are refused unread', async (t) => {
    const socket = await h.raw()
    let heard = ''
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1')
    })
    const request = Buffer.alloc(8)
    request.writeUInt32BE(8)
    request.writeUInt32BE(80877103, 4)
    socket.write(Buffer.concat([request, Buffer.from('Q\0\0\0\rSELECT 1\0')]))
    await once(socket, 'close')
    t.match(heard, /TW_PG_BEFORE_TLS/)
    const stuffed = () => h.told('auth-failure').find(({ tracewarden }) => tracewarden.bypass?.length)
    await until(() => stuffed() !== undefined)
    t.match(stuffed(), { tracewarden: { bypass: ['tls-stuffing'] } })
  })

  await t.test('direct TLS needs ALPN postgresql', async (t) => {
    for (const [protocols, answer] of [
      [['postgresql'], /^R/],
      [['http/1.1'], /^(?!R)/],
      [[], /TW_PG_STARTUP/],
    ] as const) {
      const socket = connectTls({
        port: h.port(),
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ALPNProtocols: [...protocols],
      })
      let heard = ''
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.toString('latin1')
      })
      socket.on('error', () => undefined)
      const closed = once(socket, 'close').catch(() => undefined)
      socket.once('secureConnect', () => {
        const body = Buffer.from('user\0ann\0\0')
        const head = Buffer.alloc(8)
        head.writeUInt32BE(body.length + 8)
        head.writeUInt32BE(3 << 16, 4)
        socket.write(Buffer.concat([head, body]))
      })
      await Promise.race([closed, until(() => heard !== '' || socket.closed)])
      t.match(heard, answer)
      socket.destroy()
    }
  })

  await t.test('a token that is revoked ends the connections it opened', async (t) => {
    const { id, secret } = await h.identity.createToken({ user: 'bob', ttl: 3_600_000, by: 'bob' })
    const client = await h.connect({ ...withCertificate(), user: 'bob', password: secret })
    const ended = new Promise<void>((resolve) => client.once('end', resolve))
    await client.query('SELECT 1')
    await h.identity.revokeToken(id, 'bob')
    let said = ''
    await until(() =>
      client.query('SELECT 1').then(
        () => false,
        (error: Error) => {
          said = error.message
          return true
        },
      ),
    )
    t.match(said, /TW_AUTH_REVOKED/)
    await ended
  })
})

t.test('where config requires a certificate, nobody connects without', async (t) => {
  const files = mkdtempSync(join(tmpdir(), 'tracewarden-tls-'))
  t.teardown(() => rmSync(files, { recursive: true, force: true }))
  const authority = issue('Clients CA')
  const door = issue('door', { ip: '127.0.0.1' })
  const put = (name: string, text: string) => {
    writeFileSync(join(files, name), text)
    return join(files, name)
  }
  const tls = {
    cert: put('door.crt', door.cert),
    key: put('door.key', door.key),
    client_ca: put('clients.crt', authority.cert),
    client: 'require',
  }
  const h = await house(t, { connection: { tls } })
  const { cert, key } = issue('anybody', { by: authority })
  const client = await h.connect({ ssl: { ca: door.cert, cert, key } })
  t.equal((await client.query('SELECT id FROM spans WHERE id = 1')).rowCount, 1)
  await t.rejects(h.connect({ ssl: { ca: door.cert } }))
  await t.rejects(h.connect({ ssl: { ca: door.cert, ...issue('anybody', { by: issue('Clients CA') }) } }))
})
