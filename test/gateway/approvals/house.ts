import t from 'tap'
import { openStore } from '../../../collector/port.ts'
import { type Clock, systemClock } from '../../../core/clock.ts'
import type { EventDraft } from '../../../core/event.ts'
import { createLogger } from '../../../core/log.ts'
import { openKeyRing } from '../../../core/signing.ts'
import type { ApprovalRequest, Grant } from '../../../gateway/approvals/approval.ts'
import { type ApprovalsDeps, createApprovals } from '../../../gateway/approvals/approvals.ts'
import type { Person } from '../../../gateway/identity/person.ts'
import { testRandom } from '../../support/random.ts'
import { configOf, identityOf, NOW } from '../policy/given.ts'

export const GROUPS = [
  { name: 'owners', members: ['r1', 'r2'], roles: ['trace-owner'] },
  { name: 'security', members: ['r1'], roles: ['soc'] },
  { name: 'search-team', members: ['r3'], collections: ['mlflow/1', 'phoenix/search-*'] },
]

// A store's thread takes a second to start, so a file's tests share one and empty it.
const log = createLogger('error', { write: () => {} })
const random = testRandom('approvals')
const root = t.testdir()
const opened = openStore({ kind: 'embedded' }, { dataDir: root, log, clock: systemClock })
t.teardown(async () => (await opened).close())

async function emptyStore() {
  const store = await opened
  for (const kind of ['approval', 'grant', 'lease'] as const)
    for (const { id } of (await store.documents.list(kind, { limit: 1000 })).documents)
      await store.documents.remove(kind, id, 'any')
  return store
}

/** A store on disk, two replicas on it, and a clock that stands until it is moved. */
export async function openHouse(slices: Record<string, unknown> = {}, people: readonly Person[] = []) {
  let time = NOW
  const clock: Clock = { now: () => time, monotonic: () => performance.now() }
  const store = await emptyStore()
  const keyRing = openKeyRing(`${root}/keys`, 'gateway-1')
  const events: EventDraft[] = []
  const config = configOf({
    ...slices,
    approvals: { groups: GROUPS, default_groups: ['owners'], ...Object(slices.approvals) },
  })
  const replica = (more: Partial<Pick<ApprovalsDeps, 'documents' | 'emit' | 'usual'>> = {}) =>
    createApprovals({
      documents: store.documents,
      keyRing,
      config: () => config,
      person: (user) => people.find((p) => p.user === user),
      emit: async (draft) => {
        events.push(draft)
      },
      clock,
      random,
      log,
      ...more,
    })
  return {
    a: replica(),
    b: replica(),
    replica,
    store,
    keyRing,
    events,
    pass: (ms: number) => {
      time += ms
    },
    actions: () => events.map((e) => e.event.action),
  }
}

export const asks = (user: string, more: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
  identity: identityOf(user),
  session: 's1',
  connection: 'mlflow',
  collection: '1',
  route: 'mlflow.batch-get',
  shape: 'GET /api/3.0/mlflow/traces/batchGet trace_ids',
  logical: 'hmac:0123456789abcdef0123456789abcdef',
  traces: { count: 2, ids: ['t1', 't2'], content: 'hmac:c1' },
  fields: [],
  rules: ['approve-multiple'],
  reason: 'Needs approval: the content of 2 traces would be shown at once.',
  reviewers: [],
  ...more,
})

export const bound = (grant: Grant) => ({
  person: grant.person,
  connection: grant.connection,
  logical: grant.logical,
  ...(grant.collection === undefined ? {} : { collection: grant.collection }),
})
