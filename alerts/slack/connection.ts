import type { SocketModeReceiver, webApi } from '@slack/bolt'
import { type Clock, iso } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { Random } from '../../core/random.ts'

export interface ConnectionStatus {
  mode: 'socket' | 'http'
  /** Socket Mode: the socket is open. HTTP: the token was accepted. */
  connected: boolean
  /** RFC 3339: since when. */
  since?: string
  /** Name of the workspace. */
  team?: string
  trouble?: string
}

type SocketClient = SocketModeReceiver['client']
const OPENING = 15_000
const CLOSING = 2000
const LONGEST = 30_000

/**
 * Keeps Slack connected: checks the token, and in Socket Mode opens the socket again whenever it ends, with doubling
 * pauses and jitter. It does so itself because the client's own reconnecting gives up by an unhandled rejection.
 */
export function createConnection(deps: {
  client: webApi.WebClient
  socket?: SocketClient
  clock: Clock
  random: Random
  log: Logger
}) {
  const { client, socket, clock, log } = deps
  const stop = new AbortController()
  let status: ConnectionStatus = { mode: socket ? 'socket' : 'http', connected: false }
  let running: Promise<void> | undefined

  const connected = (team: string | undefined) => {
    const since = iso(clock.now())
    status = { mode: status.mode, connected: true, since, ...(team !== undefined && { team }) }
    log.info({ mode: status.mode, team }, 'Slack is connected')
  }

  /** One connection, from opening to its end. */
  async function once(): Promise<void> {
    const { team } = await client.auth.test()
    if (!socket) {
      connected(team)
      await until(stop.signal)
      return
    }
    const ended = new Promise<void>((resolve) => socket.once('disconnected', () => resolve()))
    const slow = setTimeout(() => void socket.disconnect(), OPENING)
    try {
      await socket.start()
    } finally {
      clearTimeout(slow)
    }
    if (stop.signal.aborted) return
    connected(team)
    await Promise.race([ended, until(stop.signal)])
  }

  async function run(): Promise<void> {
    let failures = 0
    while (!stop.signal.aborted) {
      let pause = 0
      try {
        await once()
        failures = 0
        status = { ...status, connected: false, trouble: 'the socket was closed' }
      } catch (error) {
        const trouble = error instanceof Error ? error.message : 'the socket was closed before it was ready'
        status = { ...status, connected: false, trouble: trouble.slice(0, 200) }
        const jitter = deps.random.bytes(4).readUInt32BE() / 2 ** 32
        pause = Math.min(LONGEST, 500 * 2 ** Math.min(failures++, 10)) * (0.5 + jitter / 2)
        log.warn({ err: error, pause }, 'Slack is not connected')
      }
      if (pause > 0) await until(stop.signal, pause)
    }
  }

  return {
    status: (): ConnectionStatus => status,
    start(): void {
      running ??= run()
    },
    async stop(): Promise<void> {
      stop.abort()
      if (socket) await Promise.race([socket.disconnect(), until(undefined, CLOSING)])
      await running
    },
  }
}

/** Resolves when the signal aborts or after `ms`, whichever is first. */
const until = (signal: AbortSignal | undefined, ms?: number): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = ms === undefined ? undefined : setTimeout(done, ms)
    if (ms !== undefined && !signal) timer?.unref()
    signal?.addEventListener('abort', done)
  })
