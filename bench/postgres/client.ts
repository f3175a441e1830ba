import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A client of the simple protocol that does no more than wait for ReadyForQuery: the load must not be what is measured. */
export interface BareClient {
  /** Resolves with the bytes of the answer. */
  query(text: string): Promise<number>
  end(): void
}

export interface Target {
  port: number
  user: string
  password: string
  database: string
}

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeUInt32BE(body.length + 4, 1)
  return type === '' ? Buffer.concat([head.subarray(1), body]) : Buffer.concat([head, body])
}
const hmac = (key: Buffer, text: string | Buffer) => createHmac('sha256', key).update(text).digest()

export async function bareClient(target: Target): Promise<BareClient> {
  const socket = connect({ host: '127.0.0.1', port: target.port, noDelay: true })
  await once(socket, 'connect')
  const startup = `user\0${target.user}\0database\0${target.database}\0\0`
  const version = Buffer.alloc(4)
  version.writeUInt32BE(3 << 16)
  socket.write(message('', Buffer.concat([version, Buffer.from(startup)])))
  await signIn(socket, target.password)
  return speak(socket)
}

async function signIn(socket: Socket, password: string): Promise<void> {
  const nonce = randomBytes(18).toString('base64')
  let held = Buffer.alloc(0)
  for (;;) {
    held = Buffer.concat([held, (await once(socket, 'data'))[0]])
    while (held.length >= 5 && held.length > held.readUInt32BE(1)) {
      const end = held.readUInt32BE(1) + 1
      const [type, body] = [String.fromCharCode(held[0]!), held.subarray(5, end)]
      held = held.subarray(end)
      if (type === 'E') throw new Error(body.toString('utf8'))
      if (type === 'Z') return
      if (type !== 'R') continue
      const kind = body.readUInt32BE(0)
      if (kind === 3) socket.write(message('p', Buffer.from(`${password}\0`)))
      if (kind === 10) {
        const first = Buffer.from(`n,,n=,r=${nonce}`)
        const size = Buffer.alloc(4)
        size.writeUInt32BE(first.length)
        socket.write(message('p', Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), size, first])))
      }
      if (kind === 11) {
        const challenge = body.toString('utf8', 4)
        const [, both, salt, count] = /^r=(.*),s=(.*),i=(\d+)$/.exec(challenge)!
        const salted = pbkdf2Sync(password, Buffer.from(salt!, 'base64'), Number(count), 32, 'sha256')
        const final = `c=biws,r=${both}`
        const client = hmac(salted, 'Client Key')
        const signature = hmac(
          createHash('sha256').update(client).digest(),
          `n=,r=${nonce},${challenge},${final}`,
        )
        const proof = Buffer.from(client.map((byte, i) => byte ^ signature[i]!)).toString('base64')
        socket.write(message('p', Buffer.from(`${final},p=${proof}`)))
      }
    }
  }
}

/** An answer ends in a ReadyForQuery: `Z`, its length 5, a status. */
const READY = [0x5a, 0, 0, 0, 5]

function speak(socket: Socket): BareClient {
  let done: ((bytes: number) => void) | undefined
  let failed: ((error: Error) => void) | undefined
  let bytes = 0
  let tail: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    if (bytes === 0 && chunk[0] === 0x45) failed?.(new Error(chunk.toString('utf8', 5, 300)))
    bytes += chunk.length
    tail = chunk.length >= 6 ? chunk.subarray(-6) : Buffer.concat([tail, chunk]).subarray(-6)
    if (READY.every((byte, i) => tail[i] === byte)) done?.(bytes)
  })
  socket.on('close', () => failed?.(new Error('the connection was closed')))
  return {
    query(text) {
      bytes = 0
      const packet = message('Q', Buffer.from(`${text}\0`))
      return new Promise((resolve, reject) => {
        done = resolve
        failed = reject
        socket.write(packet)
      })
    },
    end: () => socket.destroy(),
  }
}
