import t from 'tap'
import { type Alert, detectionFinding } from '../../alerts/port.ts'
import { finding } from './office.ts'

/**
 * What schema.ocsf.io publishes of version 1.8.0, of the class and the objects that are written: attributes that are
 * required, of which one is enough, and how the others are called. A `[]` is a list, an object's name its type.
 */
type Shape = Readonly<Record<string, string>>
interface Type {
  required?: readonly string[]
  oneOf?: readonly string[]
  may: Shape
}
const entity = { oneOf: ['name', 'uid'], may: { name: 'string', uid: 'string' } }
const SCHEMA: Readonly<Record<string, Type>> = {
  detection_finding: {
    required: [
      ...['activity_id', 'category_uid', 'class_uid', 'finding_info', 'metadata'],
      ...['severity_id', 'time', 'type_uid'],
    ],
    may: {
      ...{ activity_id: 'int', activity_name: 'string', category_uid: 'int', category_name: 'string' },
      ...{ class_uid: 'int', class_name: 'string', type_uid: 'int', type_name: 'string', time: 'int' },
      ...{ start_time: 'int', end_time: 'int', severity_id: 'int', severity: 'string', message: 'string' },
      ...{ status_id: 'int', status: 'string', verdict_id: 'int', verdict: 'string', is_alert: 'bool' },
      ...{ confidence_id: 'int', confidence: 'string', assignee: 'user', comment: 'string' },
      ...{ src_url: 'string', metadata: 'metadata', finding_info: 'finding_info' },
      ...{ evidences: 'evidences[]', resources: 'resource_details[]', remediation: 'remediation' },
      ...{ anomaly_analyses: 'anomaly_analysis[]', unmapped: 'json' },
    },
  },
  metadata: {
    required: ['product', 'version'],
    may: {
      ...{ version: 'string', profiles: 'string[]', product: 'product', uid: 'string' },
      ...{ event_code: 'string', correlation_uid: 'string', original_time: 'string' },
    },
  },
  product: { ...entity, may: { ...entity.may, vendor_name: 'string', version: 'string' } },
  finding_info: {
    required: ['uid'],
    may: {
      ...{ uid: 'string', title: 'string', desc: 'string', types: 'string[]', created_time: 'int' },
      ...{ modified_time: 'int', first_seen_time: 'int', last_seen_time: 'int', analytic: 'analytic' },
      ...{ attacks: 'attack[]', related_events: 'related_event[]', related_events_count: 'int' },
      src_url: 'string',
    },
  },
  analytic: { ...entity, required: ['type_id'], may: { ...entity.may, type_id: 'int', type: 'string' } },
  attack: {
    oneOf: ['tactic', 'technique', 'sub_technique'],
    may: { technique: 'entity', sub_technique: 'entity' },
  },
  entity,
  related_event: { required: ['uid'], may: { uid: 'string' } },
  evidences: { oneOf: ['actor', 'data', 'user'], may: { name: 'string', actor: 'actor', data: 'json' } },
  actor: { oneOf: ['session', 'user'], may: { session: 'session', user: 'user' } },
  session: { may: { uid: 'string' } },
  user: { oneOf: ['account', 'name', 'uid'], may: { uid: 'string', type_id: 'int' } },
  resource_details: { ...entity, may: { ...entity.may, type: 'string' } },
  anomaly_analysis: {
    required: ['analysis_targets', 'anomalies'],
    may: { analysis_targets: 'analysis_target[]', anomalies: 'anomaly[]', baselines: 'anomaly[]' },
  },
  analysis_target: { required: ['name'], may: { name: 'string', type: 'string' } },
  anomaly: {
    required: ['observation_parameter', 'observations'],
    may: { observation_parameter: 'string', observed_pattern: 'string', observations: 'observation[]' },
  },
  observation: { required: ['value'], may: { value: 'string', count: 'int', timespan: 'timespan' } },
  timespan: { oneOf: ['start_time', 'end_time'], may: { start_time: 'int', end_time: 'int' } },
  remediation: { required: ['desc'], may: { desc: 'string' } },
}

/** Every place where a value is not what the schema says. */
function* wrong(value: unknown, type: string, path: string): Generator<string> {
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return yield `${path}: not a list`
    for (const [i, item] of value.entries()) yield* wrong(item, type.slice(0, -2), `${path}[${i}]`)
    return
  }
  const simple = { int: Number.isInteger(value), string: typeof value === 'string' && value !== '' }
  const ok = { ...simple, bool: typeof value === 'boolean', json: typeof value === 'object' }
  for (const [name, holds] of Object.entries(ok)) if (name === type && !holds) yield `${path}: not ${type}`
  const known = SCHEMA[type]
  if (!known) return
  if (typeof value !== 'object' || value === null) return yield `${path}: not an object`
  for (const name of known.required ?? []) if (!(name in value)) yield `${path}.${name}: required`
  if (known.oneOf && !known.oneOf.some((name) => name in value)) yield `${path}: none of ${known.oneOf}`
  for (const [name, member] of Object.entries(value)) {
    const expected = known.may[name]
    if (expected === undefined) yield `${path}.${name}: not in the schema`
    else yield* wrong(member, expected, `${path}.${name}`)
  }
}

const alert = (more: Partial<Alert> = {}): Alert => ({
  ...finding('a1'),
  ...{ status: 'open', history: [], suppression: null, verdict: 'none', ...more },
})
const check = (one: Alert) => {
  const made = detectionFinding(one, { console: 'https://tw.example' })
  return { made, problems: [...wrong(JSON.parse(JSON.stringify(made)), 'detection_finding', 'finding')] }
}

t.test('an alert is a Detection Finding as the published schema has it', async (t) => {
  const { made, problems } = check(alert())
  t.same(problems, [])
  t.match(made, {
    ...{ class_uid: 2004, category_uid: 2, activity_id: 1, type_uid: 200401, severity_id: 3 },
    ...{ status_id: 1, is_alert: true, time: Date.UTC(2026, 1, 12, 10), verdict_id: 0 },
    metadata: { version: '1.8.0', product: { name: 'Tracewarden' } },
    finding_info: {
      ...{ uid: 'a1', analytic: { uid: 'volume-spike', type_id: 3 }, related_events: [{ uid: 'event-1' }] },
      ...{ attacks: [{ technique: { uid: 'T1213' } }], src_url: 'https://tw.example/alerts/a1' },
    },
    evidences: [{ actor: { user: { uid: 'ada' }, session: { uid: 'session-1' } } }],
    anomaly_analyses: [{ baselines: [{ observed_pattern: '12.1 (5–31)', observations: [{ count: 61 }] }] }],
  })
})

t.test('what people did with it shows, and what is unknown is left out', async (t) => {
  const step = (change: string, reason?: string) => ({
    ...{ at: '2026-02-12T11:00:00.000Z', by: 'soc1', via: 'console' as const, change },
    ...(reason !== undefined && { reason }),
  })
  const closed = check(
    alert({
      ...{ status: 'closed', verdict: 'benign', assignee: 'soc1', severity: 'critical' },
      history: [step('acknowledged'), step('closed', 'a backfill')],
    }),
  )
  t.same(closed.problems, [])
  t.match(closed.made, {
    ...{ activity_id: 3, type_uid: 200403, status_id: 4, verdict_id: 5, is_alert: false, severity_id: 5 },
    ...{ assignee: { uid: 'soc1' }, comment: 'a backfill' },
    finding_info: { modified_time: Date.UTC(2026, 1, 12, 11) },
  })
  const suppression = { by: 'soc1', reason: 'known', until: '2026-03-01T00:00:00.000Z' }
  t.match(check(alert({ suppression })).made, { status_id: 3, is_alert: false })
  t.match(check(alert({ revision: 4, status: 'investigating' })).made, { activity_id: 2, status_id: 2 })

  const bare = check(
    alert({
      ...{ detector: 'sigma-mine', certain: true, subject: { kind: 'collection', id: 'c' } },
      ...{ evidence: { observed: 1, sessions: [], events: [], collections: ['c'] } },
      threat: { technique: { id: ['T1567.002'] } },
    }),
  )
  t.same(bare.problems, [])
  t.match(bare.made, {
    ...{ confidence_id: 3, resources: [{ name: 'c', type: 'collection' }] },
    finding_info: {
      analytic: { type_id: 1 },
      attacks: [{ technique: { uid: 'T1567' }, sub_technique: { uid: 'T1567.002' } }],
    },
  })
  t.notOk('anomaly_analyses' in bare.made || 'remediation' in bare.made)
})
