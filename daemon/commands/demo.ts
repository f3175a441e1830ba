import { mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { createLogger } from '../../core/log.ts'
import { demoConfig, INSIDER, playInsider, sampleTraceServer, sampleTraces } from '../../fixtures/port.ts'
import { rememberMasking } from '../../gateway/port.ts'
import { followConfig } from '../config/follow.ts'
import { lintWith } from '../config/lint.ts'
import { parsedOrThrow, readConfig } from '../config/load.ts'
import { createCast } from '../demo/cast.ts'
import { warmHistory } from '../demo/history.ts'
import { createNarrator, followAlerts } from '../demo/narrator.ts'
import { data, message } from '../output.ts'
import { ALL_ROLES } from '../roles.ts'
import { endOnFault, untilSignalled } from '../run.ts'
import { type Daemon, startDaemon } from '../start.ts'

const TRACES = 1200
const ANALYST = 's.oduya'
const REVIEWER = 't.brandt'

/** `demo`: the daemon on the embedded store, a sample trace store behind its door, and an insider. */
export async function demoCommand(options: {
  data: string
  console: string
  door: string
  story: boolean
}): Promise<void> {
  const directory = resolve(options.data)
  const { traces } = sampleTraces(TRACES, Date.now())
  const store = sampleTraceServer(traces)
  await new Promise<void>((done) => store.listen(0, '127.0.0.1', done))

  const env = {
    ...process.env,
    TRACEWARDEN_DEMO_DATA: directory,
    TRACEWARDEN_DEMO_CONSOLE: options.console,
    TRACEWARDEN_DEMO_DOOR: options.door,
    TRACEWARDEN_DEMO_STORE: `http://127.0.0.1:${(store.address() as AddressInfo).port}`,
  }
  mkdirSync(directory, { recursive: true })
  const file = join(directory, 'tracewarden.yaml')
  writeFileSync(file, demoConfig())
  const masking = rememberMasking()
  const read = () => readConfig(file, { env, lint: lintWith(masking) })
  const config = parsedOrThrow(file, read())
  const log = createLogger(config.log)
  endOnFault(log)

  message(
    'Starting the demo: a sample trace store, a small company with six weeks of history, and an insider …',
  )
  const daemon = await startDaemon(config, ALL_ROLES, log, { before: warmHistory, masking })
  const unfollow = followConfig(file, read, daemon, log)
  const token = createCast(daemon)
  await introduce(daemon, token, file)
  const analyst = await token(ANALYST)
  const stopping = new AbortController()
  // Whoever reads the ready line may ask for the end at once.
  const ended = untilSignalled(daemon, log).finally(() => {
    stopping.abort()
    unfollow()
    store.close()
  })
  data(`tracewarden ready console=${daemon.console}/`)

  const narrator = createNarrator(process.stderr.isTTY === true && process.env.NO_COLOR === undefined)
  const ready = Date.now()
  const following = followAlerts(daemon.console, analyst, narrator, ready, stopping.signal)
  const playing = options.story ? play(daemon, token, traces, narrator, stopping.signal) : Promise.resolve()
  playing.catch((error: unknown) => message(`The story broke off: ${String(error)}`))
  await ended
  await following.catch(() => undefined)
}

async function introduce(
  daemon: Daemon,
  token: (user: string) => Promise<string>,
  file: string,
): Promise<void> {
  message(`
  The console        ${daemon.console}/
  as the analyst     ${await token(ANALYST)}
  as a reviewer      ${await token(REVIEWER)}
  The door           http://${daemon.doors.traces}/projects   (sign in there with the same tokens, or send one as bearer)
  The config         ${file}   (edit it while this runs)
`)
}

async function play(
  daemon: Daemon,
  token: (user: string) => Promise<string>,
  traces: Parameters<typeof playInsider>[0]['traces'],
  narrator: ReturnType<typeof createNarrator>,
  signal: AbortSignal,
): Promise<void> {
  const deny = async (approval: string, reviewer: string, reason: string) => {
    const answer = await fetch(`${daemon.console}/api/v1/approvals/${approval}/decide`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await token(reviewer)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ decision: 'deny', reason }),
    })
    if (!answer.ok) narrator.tell(`    (the denial was not taken: ${await answer.text()})`)
  }
  await playInsider({
    door: `http://${daemon.doors.traces}`,
    token,
    traces,
    deny,
    tell: narrator.tell,
    signal,
  })
  narrator.tell(`The alerts about ${INSIDER} are on the console. This goes on until you stop it (Ctrl-C).`)
}
