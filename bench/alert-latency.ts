import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { createLogger } from '../core/log.ts'
import { parseConfig } from '../daemon/config/parse.ts'
import { ALL_ROLES } from '../daemon/roles.ts'
import { startDaemon } from '../daemon/start.ts'
import { SECRETS, startSlack } from '../test/support/slack/slack.ts'
import type { BenchRow } from './row.ts'

const ALERTS = 40
const PAUSE = 1100

/**
 * From the moment a client has the gateway's answer to the moment the alert stands in Slack (the stand-in, Socket Mode),
 * through spool, store, detector, life cycle and route. One alert every 1.1 s, as Slack takes one message a second.
 */
export async function run(): Promise<BenchRow[]> {
  const data = mkdtempSync(join(tmpdir(), 'tracewarden-bench-'))
  const slack = await startSlack()
  const backend = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1')
  await new Promise((done) => backend.once('listening', done))
  const users = Array.from({ length: ALERTS }, (_, i) => `{ id: u${i}, roles: [ml-engineer] }`).join(', ')
  const { config } = parseConfig(
    `
data: ${data}
log: error
console: { listen: "127.0.0.1:0" }
connections:
  - { name: store, profile: json, listen: "127.0.0.1:0", backend: "http://127.0.0.1:${(backend.address() as AddressInfo).port}", routes: [{ path: /admin/policy, action: admin }] }
identity: { users: [${users}] }
slack: { bot_token: ${SECRETS.bot}, app_token: ${SECRETS.app}, channel: "#tracewarden", api: "${slack.api}" }
`,
    { file: 'bench.yaml', env: {}, lint: () => [] },
  )
  if (!config) throw new Error('the benchmark’s config is wrong')
  const daemon = await startDaemon(config, ALL_ROLES, createLogger('error'))
  try {
    const delays: number[] = []
    for (let i = 0; i < ALERTS; i++) {
      const user = `u${i}`
      const { secret } = await daemon.authority.identity.createToken({ user, ttl: 3_600_000, by: 'bench' })
      const url = `http://${daemon.doors.store}/admin/policy`
      const { body } = await request(url, { headers: { authorization: `Bearer ${secret}` } })
      await body.dump()
      const answered = performance.now()
      const told = () => slack.workspace.messages.some(({ text }) => new RegExp(`\\b${user}\\b`).test(text))
      await slack.until(told, `the alert about ${user}`)
      delays.push(performance.now() - answered)
      await new Promise((done) => setTimeout(done, PAUSE))
    }
    delays.sort((a, b) => a - b)
    const at = (share: number) => Math.round(delays[Math.min(ALERTS - 1, Math.floor(share * ALERTS))]!)
    return [
      { name: 'alert-latency', value: at(0.99), unit: 'ms p99' },
      { name: 'alert-latency-p50', value: at(0.5), unit: 'ms p50' },
    ]
  } finally {
    await daemon.stop(5000)
    await slack.close()
    backend.close()
    rmSync(data, { recursive: true, force: true })
  }
}
