import { join } from 'node:path'
import { createShipper, openStore } from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import { systemRandom } from '../../core/random.ts'
import { draft, log, spoolIn } from './support.ts'

// Appends and ships for ever, and says what may be released; killed by the test that started it.
const directory = process.argv[2]!
const store = await openStore({ kind: 'embedded' }, { dataDir: directory, log, clock: systemClock })
const spool = await spoolIn(directory, { segment: '16KiB', interval: '2ms' })
const shipper = createShipper({
  spool,
  store,
  deadLetter: join(directory, 'dead.ndjson'),
  clock: systemClock,
  random: systemRandom,
  log,
})
shipper.start()
for (let i = 0; ; i++) {
  await spool.append([draft(`child ${i}`)])
  process.stdout.write('.\n')
}
