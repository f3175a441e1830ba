import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { house, until } from './wire-house.ts'

t.test('TLS on both sides', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'tracewarden-tls-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const [key, cert] = [`${directory}/tls.key`, `${directory}/tls.crt`]
  try {
    execFileSync(
      'openssl',
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout ${key} -out ${cert}`.split(
        ' ',
      ),
      { stdio: 'ignore' },
    )
  } catch {
    t.comment('NOT RUN TLS of the PostgreSQL door: apt-get install openssl')
    return
  }
  const h = await house(t, { connection: { tls: { cert, key } } })

  await t.test('a client over TLS is served', async (t) => {
    const client = await h.connect({ ssl: { rejectUnauthorized: false } })
    t.equal((await client.query('SELECT id FROM spans WHERE id = 1')).rowCount, 1)
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
    await until(() => h.told('auth-failure').length > 0)
    t.match(h.told('auth-failure')[0], { tracewarden: { bypass: ['tls-stuffing'] } })
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
})
