import { openDirectoryBlobs, openStore } from '../../../collector/port.ts'
import { systemClock } from '../../../core/clock.ts'
import { CodedError } from '../../../core/errors.ts'
import { createLogger } from '../../../core/log.ts'
import { systemRandom } from '../../../core/random.ts'
import { openMasterKey } from '../../../core/secrets.ts'
import { createRecorder } from '../../../gateway/port.ts'

/** Records until the disk is full (the file size limit of this process), and prints what happened as JSON. */
// Without a handler the limit kills; with one, writing fails as on a full disk.
process.on('SIGXFSZ', () => undefined)
const [directory = ''] = process.argv.slice(2)
const log = createLogger('silent')
const store = await openStore(
  { kind: 'embedded', file: ':memory:' },
  { dataDir: '', log, clock: systemClock },
)
const recorder = createRecorder(
  { max_session: 1024 ** 3, retention: 1e9 },
  {
    directory: `${directory}/parts`,
    blobs: openDirectoryBlobs(`${directory}/blobs`),
    documents: store.documents,
    master: openMasterKey(`${directory}/keys`),
    clock: systemClock,
    random: systemRandom,
    log,
    gateway: 'gateway-1',
  },
)
const session = await recorder.open('S1', { id: 'i#a', user: 'a', roles: [], kind: 'human' }, 1)
const results: string[] = []
for (const size of [160_000, 160_000, 1000, 240_000, 2000]) {
  const frame = { at: 1, request: String(size), kind: 'body' as const, data: Buffer.alloc(size, 1) }
  results.push(
    await session.append([frame]).then(
      () => 'written',
      (error: unknown) => (error instanceof CodedError ? error.code : String(error)),
    ),
  )
}
const read: string[] = []
for await (const frame of (await recorder.read('S1'))?.frames ?? []) read.push(frame.request)
await recorder.close()
const sealed: string[] = []
const recording = await recorder.read('S1')
for await (const frame of recording?.frames ?? []) sealed.push(frame.request)
process.stdout.write(JSON.stringify({ results, read, sealed }))
await store.close()
