import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { connectionConfig } from '../../../../gateway/config.ts'
import { openBackend } from '../../../../gateway/doors/http/backend.ts'

const KB = 1024

t.test('an answer that ends with its connection, read slowly, is read to its end', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (head) => {
      const size = Number(/size=(\d+)/.exec(head.toString())?.[1])
      // Until the connection ends: such an answer has no other end.
      socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n')
      socket.end(Buffer.alloc(size, 97))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const connection = connectionConfig.parse({
    name: 'store',
    profile: 'json',
    listen: '127.0.0.1:0',
    backend: `http://127.0.0.1:${port}`,
  })
  if (connection.protocol !== 'http') throw new Error('not http')
  const backend = openBackend(connection)
  t.teardown(async () => {
    await backend.close()
    server.close()
  })
  for (let size = 200 * KB; size <= 400 * KB; size += 8 * KB) {
    const call = backend.send({ method: 'GET', target: `/?size=${size}`, headers: {}, body: null })
    await call.head()
    await pause(10)
    let bytes = 0
    for (let chunk = await call.read(); chunk; chunk = await call.read()) {
      bytes += chunk.length
      await pause(1)
    }
    t.equal(bytes, size)
  }
})
