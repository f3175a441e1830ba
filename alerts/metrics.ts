import { Counter, Gauge, type Registry } from 'prom-client'
import type { Alerts } from './lifecycle/alerts.ts'
import type { Routes } from './routes/routes.ts'
import type { Slack } from './slack/slack.ts'

/** What the alerts count, read when Prometheus asks. Made once, by the daemon, in its registry. */
export function alertsMetrics(
  registry: Registry,
  parts: { alerts: Alerts; routes: Routes; slack?: Slack },
): void {
  const registers = [registry]
  const { alerts, routes, slack } = parts
  new Gauge({
    name: 'tracewarden_alerts',
    help: 'Alerts not yet closed, by status; suppressed ones and those of the digest apart.',
    labelNames: ['status'],
    registers,
    async collect() {
      const counts = await alerts.counts()
      for (const [status, count] of Object.entries(counts.status)) this.set({ status }, count)
      this.set({ status: 'suppressed' }, counts.suppressed)
      this.set({ status: 'digest' }, counts.digest)
    },
  })
  new Gauge({
    name: 'tracewarden_deliveries',
    help: 'Messages that have not arrived: pending, or failed and still tried.',
    labelNames: ['state'],
    registers,
    async collect() {
      const { pending, failed } = await routes.status()
      this.set({ state: 'pending' }, pending)
      this.set({ state: 'failed' }, failed)
    },
  })
  new Counter({
    name: 'tracewarden_deliveries_tries_total',
    help: 'Tries since the start of this process, by how they ended: sent, retried.',
    labelNames: ['result'],
    registers,
    async collect() {
      const { sent, retried } = await routes.status()
      this.reset()
      this.inc({ result: 'sent' }, sent)
      this.inc({ result: 'retried' }, retried)
    },
  })
  if (slack)
    new Gauge({
      name: 'tracewarden_slack_connected',
      help: '1 while Slack is connected.',
      registers,
      collect() {
        this.set(slack.status().connected ? 1 : 0)
      },
    })
}
