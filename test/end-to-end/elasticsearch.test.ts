import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { Alert } from '../../alerts/port.ts'
import { storedEvents, verifyChains } from '../../collector/port.ts'
import { createLogger } from '../../core/log.ts'
import { lintConfig } from '../../daemon/config/lint.ts'
import { parseConfig } from '../../daemon/config/parse.ts'
import { createCast } from '../../daemon/demo/cast.ts'
import { warmHistory } from '../../daemon/demo/history.ts'
import { ALL_ROLES } from '../../daemon/roles.ts'
import { startDaemon } from '../../daemon/start.ts'
import { demoConfig, INSIDER, playInsider, sampleTraceServer, sampleTraces } from '../../fixtures/port.ts'
import { HOW, startElasticsearch } from '../support/elasticsearch.ts'
import { eventually } from '../support/program.ts'

const KINDS = ['masking-bypass', 'volume-spike', 'historical-reads', 'approval-storm', 'abrupt-end'] as const

t.setTimeout(600_000)
t.test(
  'the whole way on a real Elasticsearch: the insider is found, and the chain is whole',
  { timeout: 590_000 },
  async (t) => {
    const elasticsearch = await startElasticsearch()
    if (!elasticsearch) {
      t.comment(`NOT RUN the whole way on Elasticsearch: ${HOW}`)
      return
    }
    t.teardown(() => elasticsearch.stop())
    const { traces } = sampleTraces(1200, Date.now())
    const backend = sampleTraceServer(traces)
    await new Promise<void>((done) => backend.listen(0, '127.0.0.1', done))
    t.teardown(() => backend.close())
    const data = t.testdir()
    const env = {
      TRACEWARDEN_DEMO_DATA: data,
      TRACEWARDEN_DEMO_CONSOLE: '127.0.0.1:0',
      TRACEWARDEN_DEMO_DOOR: '127.0.0.1:0',
      TRACEWARDEN_DEMO_STORE: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`,
    }
    const store = `store: { kind: elasticsearch, url: "${elasticsearch.url}", prefix: e2e-${process.pid} }`
    const { config, problems } = parseConfig(`${demoConfig()}\n${store}\n`, {
      file: 'e2e.yaml',
      env,
      lint: lintConfig,
    })
    t.strictSame(problems, [])
    const daemon = await startDaemon(config!, ALL_ROLES, createLogger('silent'), { before: warmHistory })
    const { base } = daemon
    const token = createCast(daemon)
    const api = async (path: string, user: string, body?: unknown): Promise<unknown> => {
      const headers = { authorization: `Bearer ${await token(user)}`, 'content-type': 'application/json' }
      const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
      return (await fetch(`${daemon.console}/api/v1${path}`, init)).json()
    }
    await playInsider({
      door: `http://${daemon.doors.traces}`,
      token,
      traces,
      deny: async (id, reviewer, reason) =>
        void (await api(`/approvals/${id}/decide`, reviewer, { decision: 'deny', reason })),
      tell: (line) => t.comment(line),
      signal: new AbortController().signal,
    })
    const found = await eventually(
      async () => {
        const { alerts } = (await api(`/alerts?user=${INSIDER}&limit=100`, 's.oduya')) as { alerts: Alert[] }
        const kinds = new Set(alerts.map((alert) => alert.detector))
        return KINDS.every((kind) => kinds.has(kind)) ? kinds : undefined
      },
      'alerts of all kinds',
      300_000,
    )
    t.ok(found.size >= KINDS.length, [...found].join(', '))
    t.match(await daemon.health(), { ready: true })
    await eventually(async () => (base.spool.backlog().bytes === 0 ? true : undefined), 'everything shipped')
    const chains = await verifyChains([storedEvents(base.store)], { master: base.master })
    t.match(chains, { ok: true, problems: [] })
    await daemon.stop(10_000)
  },
)
