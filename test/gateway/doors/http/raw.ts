import { connect } from 'node:net'

/** Sends bytes as they are and reads until the peer closes; `hangUp` closes our side at once. */
export function raw(address: string, text: string | Buffer, hangUp = false): Promise<string> {
  const [host, port] = address.split(':')
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host)
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
    })
    socket.on('error', (error: Error & { code?: string }) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? undefined : reject(error),
    )
    socket.on('close', () => resolve(answer))
    socket.write(text)
    if (hangUp) socket.end()
  })
}
