import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDirectoryBlobs } from '../../../collector/port.ts'
import {
  createRecorder,
  type Frame,
  type Person,
  type RecorderConfig,
  type Recording,
} from '../../../gateway/port.ts'
import { codeOf, manualClock, replicaDeps, sharedDocuments } from '../harness.ts'

const store = sharedDocuments(t)
export const ada: Person = { id: 'https://id.example#ada', user: 'ada', roles: [], kind: 'human' }
export const DAY = 86400e3

export function house(t: Test, config: RecorderConfig = { max_session: 1024 ** 2, retention: 90 * DAY }) {
  const directory = t.testdir()
  const clock = manualClock()
  const { documents, control } = store()
  const deps = {
    ...replicaDeps(directory, documents, clock),
    directory: join(directory, 'parts'),
    blobs: openDirectoryBlobs(join(directory, 'blobs')),
    gateway: 'gateway-1',
  }
  const recorder = createRecorder(config, deps)
  t.teardown(() => recorder.close())
  const part = (session: string) => join(deps.directory, `${session}.part`)
  /** As a gateway does that starts after a crash: nothing of the old one's memory. */
  const restarted = () => {
    const next = createRecorder(config, deps)
    t.teardown(() => next.close())
    return next
  }
  return { recorder, deps, documents, control, clock, directory, part, restarted }
}

export const exchange = (clock: { now(): number }, request: string, body: string): Frame[] => [
  { at: clock.now(), request, kind: 'request', meta: { method: 'GET', path: `/traces/${request}` } },
  { at: clock.now(), request, kind: 'response', meta: { status: 200, type: 'application/json' } },
  { at: clock.now(), request, kind: 'body', data: Buffer.from(body) },
  { at: clock.now(), request, kind: 'end' },
]

/** All frames, and the code they end in. */
export async function all(recording: Recording | undefined) {
  if (!recording) throw new Error('no recording')
  const frames: Frame[] = []
  const code = await codeOf(
    (async () => {
      for await (const frame of recording.frames) frames.push(frame)
    })(),
  )
  return { frames, code }
}

export async function onlyBlob(blobs: { list(prefix: string): AsyncIterable<string> }): Promise<string> {
  for await (const key of blobs.list('')) return key
  throw new Error('no blob')
}
