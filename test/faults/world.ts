import { mkdirSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type SampleTrace, sampleTraceServer, sampleTraces } from '../../fixtures/port.ts'
import { eventually, type Running, run, startProgram } from '../support/program.ts'

/** A data directory, a config file, a sample trace store behind one door, and the program as a user runs it. */
export interface World {
  data: string
  file: string
  traces: readonly SampleTrace[]
  /** Writes the config; what is given replaces the like-named parts of the usual one. */
  configure(parts?: Parts): void
  start(...flags: string[]): Promise<Running>
  run(...args: string[]): ReturnType<typeof run>
  token(user: string): Promise<string>
}

interface Parts {
  /** How long a request waits for its approval. */
  hold?: string
  /** Of the one connection. */
  connection?: string
  policy?: string
  users?: string
  /** Whole sections. */
  more?: string
}

const ROUTES = `
    routes:
      - path: /projects/:project/traces
        action: search
        collection: :project
        filters: [?q]
        response:
          trace_id: [traces.*.trace_id]
          record: [traces.*]
          structural: [traces.*.trace_id, traces.*.project, traces.*.created_at, traces.*.model, total, next_cursor]
      - path: /traces/:id
        action: read
        trace_id: :id
        response:
          trace_id: [trace.trace_id]
          time: [trace.created_at]
          record: [trace]
          structural: [trace.trace_id, trace.project, trace.created_at, trace.model]
      - path: /traces
        action: read
        trace_id: ?ids
        response:
          trace_id: [traces.*.trace_id]
          time: [traces.*.created_at]
          record: [traces.*]
          structural: [traces.*.trace_id, traces.*.project, traces.*.created_at, traces.*.model]
`

export const USERS = `
    - { id: ann, name: Ann Reader, roles: [ml-engineer], team: search, timezone: Europe/Berlin }
    - { id: rob, name: Rob Reviewer, roles: [trace-owner], team: platform }
    - { id: sam, name: Sam Soc, roles: [admin, soc, auditor], team: security }
`

export async function createWorld(t: Test): Promise<World> {
  const root = t.testdir()
  const data = join(root, 'data')
  const file = join(root, 'tracewarden.yaml')
  const { traces } = sampleTraces(200, Date.now())
  const backend = await listening(sampleTraceServer(traces))
  t.teardown(() => backend.close())
  const { port } = backend.address() as AddressInfo
  let analyst: Promise<string> | undefined
  const world: World = {
    data,
    file,
    traces,
    configure({ hold = '5m', connection = '', policy = '', users = '', more = '' } = {}) {
      writeFileSync(
        file,
        `gateway: gw
data: ${data}
console: { listen: 127.0.0.1:0 }
connections:
  - name: traces
    profile: json
    listen: 127.0.0.1:0
    backend: http://127.0.0.1:${port}
    hold: ${hold}
${connection}${ROUTES}
masking:
  fields:
    - { name: customer_id, paths: ["**.customer_id"], transform: hash }
policy:
${policy || '  limits: { window: 1h }'}
approvals:
  default_groups: [owners]
  groups: [{ name: owners, members: [rob, sam] }]
identity:
  users:${USERS}${users}
${more}`,
      )
    },
    async start(...flags) {
      const running = await startProgram(['start', '--config', file, ...flags])
      ANALYSTS.set(running, () => {
        analyst ??= world.token('sam')
        return analyst
      })
      t.teardown(() => running.child.kill('SIGKILL'))
      return running
    },
    run: (...args) => run([...args, '--config', file]),
    async token(user) {
      const made = await world.run('token', 'create', '--user', user)
      if (made.code !== 0) throw new Error(made.err)
      const token = made.out.trim()
      if (user === 'sam') analyst ??= Promise.resolve(token)
      return token
    },
  }
  mkdirSync(root, { recursive: true })
  world.configure()
  return world
}

const listening = (server: Server): Promise<Server> =>
  new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(server)))

/** Details are for administrators: how their token is had, once a world. */
const ANALYSTS = new WeakMap<Running, () => Promise<string>>()

/** What /readyz says of one part, to an administrator. */
export async function part(
  daemon: Running,
  name: string,
): Promise<{ ok: boolean; detail: string } | undefined> {
  const token = await ANALYSTS.get(daemon)?.()
  const answer = await fetch(`${daemon.console}/readyz`, as(token ?? ''))
  const report = (await answer.json()) as { parts: { name: string; ok: boolean; detail?: string }[] }
  const found = report.parts.find((each) => each.name === name)
  return found && { detail: '', ...found }
}

/** Where a door listens, as its log told last. */
export async function doorOf(daemon: Running, name = 'traces'): Promise<string> {
  // The log may be read later than the ready line, which comes by another pipe.
  const address = await eventually(
    async () => {
      const lines = daemon.story().split('\n')
      const opened = lines.filter(
        (line) => line.includes('"door open"') && line.includes(`"connection":"${name}"`),
      )
      return /"address":"([0-9.:]+)"/.exec(opened.at(-1) ?? '')?.[1]
    },
    () => `no door ${name}: ${daemon.story()}`,
  )
  return `http://${address}`
}

export const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
