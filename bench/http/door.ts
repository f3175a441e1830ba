import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { openDirectoryBlobs, openSpool, openStore, spoolConfig } from '../../collector/port.ts'
import { systemClock as clock } from '../../core/clock.ts'
import { collectAlone } from '../../core/heap.ts'
import { createLogger } from '../../core/log.ts'
import { systemRandom as random } from '../../core/random.ts'
import { openMasterKey } from '../../core/secrets.ts'
import { openKeyRing } from '../../core/signing.ts'
import {
  approvalsConfig,
  compilePolicy,
  connectionConfig,
  createApprovals,
  createGateway,
  createHttpMetrics,
  createIdentity,
  createPostgresMetrics,
  createRecorder,
  createS3Metrics,
  createSessions,
  createWindows,
  identityConfig,
  maskingConfig,
  policyConfig,
  recordingConfig,
} from '../../gateway/port.ts'
import { ready } from './child.ts'

/** The door with all controls: token, policy, masking, windows, event, encrypted recording, spool. */
collectAlone()
const [backend, sync] = process.argv.slice(2)
const directory = mkdtempSync(join(tmpdir(), 'tracewarden-bench-'))
const log = createLogger('error')
const master = openMasterKey(join(directory, 'keys'))
const keyRing = openKeyRing(join(directory, 'keys'), 'gateway')
const store = await openStore({ kind: 'embedded', file: ':memory:' }, { dataDir: directory, log, clock })
const gateway = 'bench'
const spool = await openSpool(spoolConfig.parse({ sync, max: '64GiB' }), {
  directory: join(directory, 'spool'),
  gateway,
  master,
  clock,
  random,
  log,
})
const config = {
  identity: identityConfig.parse({ users: [{ id: 'u1', team: 'search', roles: ['ml-engineer'] }] }),
  connections: [
    connectionConfig.parse({
      name: 'mlflow',
      profile: 'mlflow',
      listen: '127.0.0.1:0',
      backend: `http://${backend}`,
    }),
  ],
  masking: maskingConfig.parse({
    fields: [{ name: 'reasoning', paths: ['**.reasoning_content'], hidden: false }],
  }),
  policy: policyConfig.parse({}),
  approvals: approvalsConfig.parse({}),
  recording: recordingConfig.parse({}),
}
const snapshot = compilePolicy(config, { version: 1 })
const emit = async (draft: Parameters<typeof spool.append>[0][number]) => void (await spool.append([draft]))
const documents = store.documents
const identity = createIdentity(config.identity, { documents, keyRing, master, clock, random, log, emit })
await identity.start()
const recorder = createRecorder(
  { max_session: config.recording.max_session, retention: 86_400_000 },
  {
    directory: join(directory, 'parts'),
    blobs: openDirectoryBlobs(join(directory, 'blobs')),
    documents,
    master,
    clock,
    random,
    log,
    gateway,
  },
)
const registry = new Registry()
const doors = createGateway({
  name: gateway,
  snapshot: () => snapshot,
  identity,
  approvals: createApprovals({
    documents,
    keyRing,
    config: () => config,
    person: (user) => identity.person(user),
    emit,
    clock,
    random,
    log,
  }),
  windows: createWindows({ span: () => config.policy.limits.window, random }),
  spool,
  sessions: createSessions({
    spool,
    recorder: () => recorder,
    clock,
    random,
    log,
    idle: () => 900_000,
    maxRecording: () => config.recording.max_session,
  }),
  clock,
  random,
  log,
  metrics: {
    http: createHttpMetrics(registry),
    postgres: createPostgresMetrics(registry),
    s3: createS3Metrics(registry),
  },
  copies: join(directory, 'copies'),
  keys: master,
  risk: () => 0,
})
await doors.start()
process.once('SIGTERM', async () => {
  await doors.drain(1_000)
  await recorder.close()
  await spool.close()
  rmSync(directory, { recursive: true, force: true })
  process.exit(0)
})
const { secret } = await identity.createToken({ user: 'u1', ttl: 3_600_000, by: 'u1' })
ready(doors.addresses().mlflow ?? '', secret)
