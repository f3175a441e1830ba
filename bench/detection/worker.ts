import { join } from 'node:path'
import { Registry } from 'prom-client'
import { openStore } from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import { createLogger } from '../../core/log.ts'
import { openKeyRing } from '../../core/signing.ts'
import { detectorsConfig, detectorsMetrics, startDetectors } from '../../detectors/port.ts'
import type { Progress } from './workers.ts'

// A process that detects with the defaults of `tracewarden start --roles detectors`, and says how far it is.
const [url = '', prefix = '', directory = ''] = process.argv.slice(2)
const log = createLogger('warn')
const store = await openStore(
  { kind: 'elasticsearch', url, prefix, replicas: 0 },
  { dataDir: directory, log, clock: systemClock },
)
const config = detectorsConfig.parse({})
const metrics = detectorsMetrics(new Registry())
const running = startDetectors({
  ...{ config: () => config, store, clock: systemClock, log, metrics },
  keyRing: openKeyRing(join(directory, 'keys'), 'detectors'),
})
const timer = setInterval(async () => {
  const [events, lag] = [await metrics.events.get(), await metrics.lag.get()]
  const { user, system } = process.cpuUsage()
  const progress: Progress = {
    partitions: running.health().partitions,
    judged: events.values.reduce((sum, { value }) => sum + value, 0),
    lag: lag.values[0]?.value ?? 0,
    cpu: (user + system) / 1e6,
    memory: process.memoryUsage().rss,
  }
  process.send?.(progress)
}, 100)
process.on('SIGTERM', async () => {
  clearInterval(timer)
  await running.stop()
  await store.close()
  process.disconnect()
})
process.on('disconnect', () => process.exit())
