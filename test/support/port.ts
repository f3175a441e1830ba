import { createServer } from 'node:net'

/** Below those that the system gives to whoever asks for any, so that nobody gets one between look and use. */
const FIRST = 20_000
const COUNT = 12_000

let next = process.pid * 7

/** A port of 127.0.0.1 for a server that must be told one. Processes at one time look at different ones. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + (next++ % COUNT)
    if (await isFree(port)) return port
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
