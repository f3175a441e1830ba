import { deepStrictEqual as deepEqual, ok } from 'node:assert'
import t from 'tap'
import type { Alert } from '../../alerts/port.ts'
import { alertMessage } from '../../alerts/slack/alert-message.ts'
import { approvalMessage, decidableInSlack } from '../../alerts/slack/approval-message.ts'
import { approveModal, closeModal, denyModal } from '../../alerts/slack/modals.ts'
import { type Approval, approvalsConfig } from '../../gateway/port.ts'
import fc from '../support/properties.ts'
import { messageBlocks, modalView, refusals } from '../support/slack/limits.ts'
import { buttonsOf } from '../support/slack/slack.ts'
import { finding } from './office.ts'

const view = { console: 'https://tracewarden.example', name: (user: string) => `Name of ${user}` }
const alert: Alert = {
  ...finding('a1'),
  status: 'open',
  verdict: 'none',
  history: [{ at: '2026-02-12T10:00:00.000Z', by: 'system', via: 'system', change: 'opened' }],
  suppression: null,
}
const approval: Approval = {
  id: 'p1',
  status: 'pending',
  requester: { person: 'i#ada', user: 'ada', name: 'Ada', team: 'search', roles: [] },
  connection: 'mlflow',
  collection: '1',
  route: 'traces/search',
  shape: 'POST /api/3.0/mlflow/traces/search max_results',
  logical: 'hmac:0',
  traces: { count: 42, requested: 100, ids: ['tr-1'], oldest: '2026-01-01T00:00:00Z' },
  fields: ['attributes.llm.output'],
  rules: ['approve-multiple'],
  reason: 'More than one trace needs approval.',
  highRisk: false,
  groups: ['trace-owners'],
  minimum: 1,
  decisions: [],
  context: '42 traces, usually 3 (1 to 8)',
  created: '2026-02-12T10:00:00.000Z',
  expires: '2026-02-12T10:30:00.000Z',
}

/** Text that tries to be more than text, of any length. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '',
    ' ',
    '<!channel>',
    '<!here|x>',
    '<@U00000001>',
    '<https://evil.example|click>',
    'https://evil.example',
    '&lt;!channel&gt;',
    '*bold* _it_ ~no~ `code`',
    '\u202Egnp.exe',
    '\uD800',
    'a\u0000b',
    '@channel',
    '"}]}',
  ),
  fc.integer({ min: 1, max: 9000 }).map((n) => 'x<'.repeat(n)),
  fc.integer({ min: 1, max: 3000 }).map((n) => '\u{1F600}'.repeat(n)),
)
const number = fc.oneof(fc.double(), fc.constantFrom(0, -1, 1e300, Number.NaN, Number.POSITIVE_INFINITY))
const many = fc.array(nasty, { maxLength: 60 })
const time = fc.oneof(nasty, fc.constant('2026-02-12T10:00:00.000Z'))
const entry = fc.record({
  at: time,
  by: nasty,
  via: fc.constantFrom('slack' as const, 'system' as const),
  change: nasty,
})
const anyAlert: fc.Arbitrary<Alert> = fc.record({
  id: nasty,
  '@timestamp': time,
  detector: nasty,
  user: fc.option(fc.record({ id: nasty }), { nil: undefined }).map((one) => one ?? { id: '' }),
  subject: fc.record({ kind: fc.constantFrom('person' as const, 'team' as const), id: nasty }),
  incident: nasty,
  revision: fc.nat(),
  severity: fc.constantFrom('low' as const, 'critical' as const),
  score: number,
  p: number,
  config: nasty,
  window: fc.record({ from: time, to: time }),
  summary: nasty,
  evidence: fc.record({
    observed: number,
    expected: number,
    low: number,
    high: number,
    peers: fc.record({ expected: number }),
    sessions: many,
    events: many,
  }),
  threat: fc.record({ technique: fc.record({ id: many }) }),
  status: fc.constantFrom(
    'open' as const,
    'acknowledged' as const,
    'investigating' as const,
    'closed' as const,
  ),
  assignee: nasty,
  history: fc.array(entry, { maxLength: 5 }),
  suppression: fc.option(fc.record({ by: nasty, reason: nasty, until: time })),
  verdict: fc.constantFrom('none' as const, 'benign' as const),
})
const anyApproval: fc.Arbitrary<Approval> = fc
  .record({
    id: nasty,
    status: fc.constantFrom('pending' as const, 'approved' as const, 'denied' as const, 'expired' as const),
    name: nasty,
    connection: nasty,
    collection: nasty,
    route: nasty,
    shape: nasty,
    count: fc.nat(),
    oldest: time,
    fields: many,
    rules: many,
    groups: many,
    reason: nasty,
    context: nasty,
    highRisk: fc.boolean(),
    expires: time,
    by: nasty,
  })
  .map(({ name, count, oldest, by, ...rest }) => ({
    ...approval,
    ...rest,
    requester: { person: name, user: name, name, team: name, roles: [] },
    traces: { count, ids: [], oldest },
    decisions: [
      { by: { person: by, user: by }, via: 'slack', decision: 'approve', reason: by, at: rest.expires },
    ],
  }))

/** What Slack would read as markup: mentions and links in any text field it parses, `<…>` in any that it shows. */
function markup(value: unknown): string[] {
  if (typeof value === 'string') return /<[!@#h]|:\/\//.test(value) ? [value] : []
  if (Array.isArray(value)) return value.flatMap(markup)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) =>
    key === 'url' || key === 'value' || key === 'page' ? [] : markup(one),
  )
}
const hosts = (blocks: unknown): string[] =>
  [...JSON.stringify(blocks).matchAll(/"url":"([^"]*)"/g)].map((match) => new URL(match[1]!).host)

t.test('any alert gives a message that Slack accepts and in which nothing untrusted is markup', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(anyAlert, (one) => {
        const message = alertMessage(one, view)
        deepEqual(refusals(messageBlocks, message.blocks), [])
        ok(message.text.length > 0 && message.text.length <= 3000)
        deepEqual(markup(message), [])
        for (const host of hosts(message.blocks))
          ok(['tracewarden.example', 'attack.mitre.org'].includes(host), host)
      }),
      { numRuns: 150 },
    ),
  )
})

t.test(
  'any approval gives a message and modals that Slack accepts and in which nothing is markup',
  async (t) => {
    t.doesNotThrow(() =>
      fc.assert(
        fc.property(anyApproval, (one) => {
          const message = approvalMessage(one, view)
          deepEqual(refusals(messageBlocks, message.blocks), [])
          deepEqual(markup(message), [])
          deepEqual(
            buttonsOf(messageBlocks.parse(message.blocks)).length,
            one.status === 'pending' && decidableInSlack(one) ? 2 : 0,
          )
          const about = { id: one.id.slice(0, 200), channel: 'C00000001' }
          const grant = approvalsConfig.parse({})
          for (const modal of [
            approveModal(about, one.reason, { usual: grant.grant, most: grant.max_grant }),
            denyModal(about, one.reason),
            closeModal(about, one.reason),
          ])
            deepEqual(refusals(modalView, modal), [])
        }),
        { numRuns: 150 },
      ),
    )
  },
)

t.test('an alert says its numbers, who, when and how, with links to evidence and recording', async (t) => {
  const { blocks, text } = alertMessage(alert, view)
  const all = JSON.stringify(blocks)
  for (const part of [
    'Medium: volume-spike – Name of ada (ada)',
    '423 traces on 12 Feb, usually 12 (5 to 31) on a Thursday',
    ', expected 12.1',
    ', usual range 5 to 31',
    'https://attack.mitre.org/techniques/T1213/',
    'https://tracewarden.example/alerts/a1',
    'https://tracewarden.example/sessions/session-1',
  ])
    t.ok(all.includes(part), part)
  t.match(text, 'Medium: volume-spike')
})

t.test('the buttons of an alert are the steps that are left', async (t) => {
  const labels = (status: Alert['status']) =>
    buttonsOf(messageBlocks.parse(alertMessage({ ...alert, status }, view).blocks)).map(
      ({ action_id }) => action_id,
    )
  t.same(labels('open'), ['alert.acknowledge', 'alert.investigate', 'alert.close'])
  t.same(labels('acknowledged'), ['alert.investigate', 'alert.close'])
  t.same(labels('investigating'), ['alert.close'])
  t.same(labels('closed'), [])
})

t.test(
  'a message carries counts and names, never ids of traces, reasons people gave, or other evidence',
  async (t) => {
    const secret = 'AKIA' + 'TESTTESTTESTTEST'
    const said = alertMessage(
      {
        ...alert,
        evidence: { ...alert.evidence, literal: secret, events: [secret] },
        history: [
          { at: alert['@timestamp'], by: 'soc1', via: 'slack', change: 'acknowledged', reason: secret },
        ],
        suppression: { by: 'soc1', reason: secret, until: '2026-03-01T00:00:00Z' },
      },
      view,
    )
    const asked = approvalMessage(
      {
        ...approval,
        traces: { ...approval.traces, ids: [secret], content: secret },
        logical: secret,
        decisions: [
          {
            by: { person: 'p', user: 'owner1' },
            via: 'slack',
            decision: 'deny',
            reason: secret,
            at: approval.created,
          },
        ],
      },
      view,
    )
    t.notMatch(JSON.stringify([said, asked]), secret)
  },
)

t.test('what is high-risk or does not fit is decided on the console', async (t) => {
  for (const [name, one] of Object.entries({
    risk: { ...approval, highRisk: true },
    shape: { ...approval, shape: 'x'.repeat(401) },
    fields: { ...approval, fields: Array.from({ length: 11 }, (_, i) => `f${i}`) },
  })) {
    const { blocks } = approvalMessage(one, view)
    t.same(buttonsOf(messageBlocks.parse(blocks)), [], name)
    t.match(JSON.stringify(blocks), 'decide on the console', name)
    t.match(JSON.stringify(blocks), 'https://tracewarden.example/approvals/p1', name)
  }
})

t.test('the stand-in refuses what Slack refuses', async (t) => {
  const { blocks } = alertMessage(alert, view)
  const button = { type: 'button', action_id: 'x', text: { type: 'plain_text', text: 'x'.repeat(76) } }
  for (const [name, bad] of Object.entries({
    'too many blocks': Array.from({ length: 51 }, () => ({ type: 'divider' })),
    'an unknown field': [{ ...blocks[0], colour: 'red' }],
    'a long header': [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }],
    'a long button': [{ type: 'actions', elements: [button] }],
    'an empty text': [{ type: 'section', text: { type: 'mrkdwn', text: '' } }],
    'two blocks of one id': [
      { type: 'divider', block_id: 'a' },
      { type: 'divider', block_id: 'a' },
    ],
  }))
    t.not(refusals(messageBlocks, bad).length, 0, name)
})
