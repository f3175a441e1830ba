import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** The server's half of RFC 6455, as much as Socket Mode needs: text, ping, pong, close. */
export interface ServerSocket {
  send(text: string): void
  close(): void
  destroy(): void
}

export function acceptSocket(
  request: IncomingMessage,
  stream: Duplex,
  on: { text: (text: string) => void; end: () => void },
): ServerSocket {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64')
  stream.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  const write = (opcode: number, payload: Buffer) => {
    const length =
      payload.length < 126
        ? Buffer.from([payload.length])
        : payload.length < 65_536
          ? Buffer.from([126, payload.length >> 8, payload.length & 255])
          : (() => {
              const long = Buffer.alloc(9)
              long[0] = 127
              long.writeBigUInt64BE(BigInt(payload.length), 1)
              return long
            })()
    if (stream.writable) stream.write(Buffer.concat([Buffer.from([0x80 | opcode]), length, payload]))
  }
  let pending: Buffer = Buffer.alloc(0)
  let parts: Buffer[] = []
  stream.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    for (;;) {
      const frame = takeFrame(pending)
      if (!frame) return
      pending = frame.rest
      if (frame.opcode === 9) write(10, frame.payload)
      else if (frame.opcode === 8) {
        write(8, frame.payload)
        stream.end()
      } else if (frame.opcode < 3) {
        parts.push(frame.payload)
        if (!frame.final) continue
        const text = Buffer.concat(parts).toString()
        parts = []
        on.text(text)
      }
    }
  })
  stream.on('error', () => stream.destroy())
  stream.on('close', on.end)
  return {
    send: (text) => write(1, Buffer.from(text)),
    close: () => write(8, Buffer.from([0x03, 0xe8])),
    destroy: () => stream.destroy(),
  }
}

function takeFrame(bytes: Buffer) {
  if (bytes.length < 2) return undefined
  const masked = (bytes[1]! & 0x80) !== 0
  let length = bytes[1]! & 0x7f
  let at = 2
  if (length === 126) {
    if (bytes.length < 4) return undefined
    length = bytes.readUInt16BE(2)
    at = 4
  } else if (length === 127) {
    if (bytes.length < 10) return undefined
    length = Number(bytes.readBigUInt64BE(2))
    at = 10
  }
  const end = at + (masked ? 4 : 0) + length
  if (bytes.length < end) return undefined
  const payload = Buffer.from(bytes.subarray(at + (masked ? 4 : 0), end))
  if (masked) for (let i = 0; i < payload.length; i++) payload[i] = payload[i]! ^ bytes[at + (i & 3)]!
  return { opcode: bytes[0]! & 0x0f, final: (bytes[0]! & 0x80) !== 0, payload, rest: bytes.subarray(end) }
}
