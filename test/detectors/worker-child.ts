import { join } from 'node:path'
import { Registry } from 'prom-client'
import { openStore } from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import { createLogger } from '../../core/log.ts'
import { openKeyRing } from '../../core/signing.ts'
import { detectorsConfig, detectorsMetrics, startDetectors } from '../../detectors/port.ts'

// A process that detects until it is killed; says what it holds whenever that changes.
const [url = '', prefix = '', directory = '', offset = '0'] = process.argv.slice(2)
const clock = { now: () => Date.now() + Number(offset), monotonic: systemClock.monotonic }
const log = createLogger('silent')
const store = await openStore(
  { kind: 'elasticsearch', url, prefix, replicas: 0 },
  { dataDir: directory, log, clock },
)
const config = detectorsConfig.parse({ horizon: '48h', rules: { 'volume-spike': { windows: ['day'] } } })
const running = startDetectors({
  ...{ config: () => config, store, clock, log, poll: 50, interval: 500 },
  lease: { ttl: 3000, margin: 500 },
  keyRing: openKeyRing(join(directory, 'keys'), 'detectors'),
  metrics: detectorsMetrics(new Registry()),
})
let said = -1
setInterval(() => {
  const { partitions } = running.health()
  if (partitions !== said) process.stdout.write(`${partitions}\n`)
  said = partitions
}, 50)
