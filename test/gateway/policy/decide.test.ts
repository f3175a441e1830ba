import t from 'tap'
import { compilePolicy } from '../../../gateway/policy/compile.ts'
import { rememberMasking } from '../../../gateway/policy/compile-masking.ts'
import type { Verdict } from '../../../gateway/policy/facts.ts'
import { configOf, identityOf, inputOf } from './given.ts'

const masking = rememberMasking()
const policy = (slices: Record<string, unknown> = {}) =>
  compilePolicy(configOf(slices), { version: 1, masking })
const withRule = (...rules: Record<string, unknown>[]) => policy({ policy: { rules } })

t.test('a read of one trace passes, a listing passes masked, and both are recorded', async (t) => {
  const { decide } = policy()
  const read = decide(inputOf({ response: {} }))
  t.match(read, {
    verdict: 'allow',
    rules: [],
    reason: '',
    obligations: { hideContent: false, record: 'full' },
  })
  const search = decide(inputOf({ request: { action: 'search' } }))
  t.match(search, { verdict: 'mask', obligations: { hideContent: true } })
  t.equal(decide(inputOf({ request: { action: 'asset' } })).obligations.record, 'facts')
})

t.test('the strictest effect wins and names its rule first', async (t) => {
  const { decide } = withRule({ name: 'fine', when: 'true', effect: 'allow' })
  const decision = decide(
    inputOf({ request: { action: 'export' }, response: { traces: 3, masked: ['email'] } }),
  )
  t.equal(decision.verdict, 'block')
  t.same(decision.rules, ['block-export', 'approve-multiple', 'mask-hidden', 'fine'])
  t.equal(decision.code, 'TW_POLICY_EXPORT')
  t.match(decision.reason, /mlflow\.get-trace exports/)
})

t.test('a filter on hidden or undeclared paths is an oracle; structural paths pass', async (t) => {
  const { decide } = policy({
    masking: {
      fields: [{ name: 'customer', paths: ['**.status'] }],
      structural: ['metadata.model', 'attributes.customer.*'],
    },
  })
  const by = (field: string, use: 'filter' | 'sort' | 'group' | 'aggregate' = 'filter') =>
    decide(inputOf({ request: { action: 'search', predicates: [{ field, use }] } }))
  t.same(by('timestamp').verdict, 'mask', 'structural by the profile')
  t.same(by('Metadata.Model').verdict, 'mask', 'structural by config, whatever the case')
  t.match(by('traces.*.trace_id', 'sort'), { verdict: 'mask' }, 'ids')
  for (const [field, use, technique] of [
    ['spans.*.content', 'filter', 'filter-oracle'],
    ['request_preview', 'sort', 'sort-oracle'],
    ['tags.x', 'group', 'group-oracle'],
    ['', 'aggregate', 'aggregate-oracle'],
    ['traces.*.status', 'filter', 'filter-oracle'],
    ['**', 'filter', 'filter-oracle'],
  ] as const)
    t.match(by(field, use), { verdict: 'block', code: 'TW_POLICY_ORACLE', bypass: [technique] }, field)
})

t.test('a grant lifts approvals, never a block, and only for what it was given', async (t) => {
  const { decide } = policy()
  const grant = { id: 'g', maxTraces: 2, traceIds: ['a', 'b'], content: 'hmac:1', fields: ['prompt'] }
  const seen = { traces: 2, traceIds: ['a', 'b'], content: 'hmac:1', highRisk: ['prompt'] }
  const verdict = (response: object, more: object = {}) =>
    decide(inputOf({ grant, ...more, response: { ...seen, ...response } })).verdict
  t.equal(decide(inputOf({ response: seen })).verdict, 'approval', 'without it')
  t.equal(verdict({}), 'allow', 'exactly what was approved')
  const others: [string, object][] = [
    ['another trace', { traceIds: ['a', 'c'] }],
    ['one more trace', { traces: 3, traceIds: ['a', 'b', 'c'] }],
    ['the same ids, weighing more', { traces: 3 }],
    ['content that changed', { content: 'hmac:2' }],
    ['content that was not hashed', { content: undefined }],
    ['another high-risk field', { highRisk: ['prompt', 'ssn'] }],
  ]
  for (const [name, response] of others) t.equal(verdict(response), 'approval', name)
  t.equal(verdict({}, { request: { action: 'export' } }), 'block', 'an export stays refused')
  const wide = { grant: { id: 'g', maxTraces: 3, fields: ['prompt'] } }
  t.equal(verdict({ traceIds: ['x', 'y'] }, wide), 'allow', 'a number of traces, whichever')
  t.equal(verdict({ traceIds: [] }, wide), 'approval', 'but what has no id cannot be counted')
})

t.test(
  'hidden fields are revealed by rules that match, and under approval only with the grant',
  async (t) => {
    const { decide } = withRule(
      { name: 'auditors', when: '"auditor" in user.roles', effect: 'allow', reveal: ['email'] },
      {
        name: 'case',
        when: 'user.team == "fraud"',
        effect: 'approval',
        reveal: ['card'],
        reviewers: ['owners'],
      },
      {
        name: 'never',
        when: 'user.kind == "human"',
        effect: 'block',
        reveal: ['iban'],
        connections: ['other'],
      },
    )
    const reveal = (person: object, more: object = {}) =>
      decide(inputOf({ identity: identityOf('u1', person), ...more })).obligations.reveal
    t.same(reveal({}), [])
    t.same(reveal({ roles: ['auditor'] }), ['email'])
    t.same(reveal({ team: 'fraud' }), [])
    const grant = { id: 'g', maxTraces: 1, fields: [] }
    t.same(reveal({ team: 'fraud' }, { grant }), ['card'])
    const asked = decide(inputOf({ identity: identityOf('u1', { team: 'fraud' }) }))
    t.match(asked, { verdict: 'approval', reviewers: ['owners'], code: 'TW_POLICY_APPROVAL' })
  },
)

t.test('conditions see requests, answers, users and windows', async (t) => {
  const holds: [string, string, object, Verdict][] = [
    ['no limit named is no limit', 'request.requested > 1000', {}, 'block'],
    ['a named limit', 'request.requested > 1000', { request: { requested: 100 } }, 'allow'],
    ['named ids', 'request.traces == 2', { request: { traceIds: ['a', 'b'] } }, 'block'],
    ['predicates', 'request.predicates.exists(p, p.use == "sort")', {}, 'allow'],
    ['risk', 'user.risk >= 0.8', { risk: 0.9 }, 'block'],
    ['the window', 'window.traces > 10', { window: { traces: 11 } }, 'block'],
    ['the hour', 'now.getHours("Europe/Berlin") == 10', {}, 'block'],
    ['a missing time is the oldest', 'response.oldest_days > 3650.0', { response: {} }, 'block'],
    [
      'nothing shown has no age',
      'response.oldest_days > 1.0',
      { response: { traces: 0, traceIds: [] } },
      'allow',
    ],
    ['the answer is not known yet', 'response.bytes >= 0', {}, 'allow'],
    ['the answer is known', 'response.bytes > 4000', { response: {} }, 'block'],
    ['fresh traces', 'window.fresh == 1', { response: {} }, 'block'],
  ]
  for (const [name, when, given, verdict] of holds)
    t.equal(withRule({ name: 'r', when, effect: 'block' }).decide(inputOf(given)).verdict, verdict, name)
})

t.test('a rule that fails when evaluated refuses and says which', async (t) => {
  const { decide } = withRule({ name: 'first', when: 'response.fields[0] == "x"', effect: 'allow' })
  const decision = decide(inputOf({ response: { displayed: [] } }))
  t.match(decision, { verdict: 'block', rules: ['first'], code: 'TW_POLICY_RULE_FAILED' })
  t.match(decision.reason, /first.*index_out_of_bounds/)
  t.equal(decide(inputOf()).verdict, 'allow', 'not due yet')
})

t.test('a policy that does not compile names rule, position and what was expected', async (t) => {
  const problem = (when: string) => {
    try {
      withRule({ name: 'r', when, effect: 'block' })
      return 'compiled'
    } catch (error) {
      return error instanceof Error ? error.message : ''
    }
  }
  t.match(
    problem('request.foo == 1'),
    /policy\.rules\.0\.when.*rule r.*character 9 \(foo\).*expected one of action,/,
  )
  t.match(problem('respons.traces > 1'), /character 1 \(respons\).*expected one of request, response/)
  t.match(problem('request.action > 1'), /no such overload: string > int/)
  t.match(problem('request.action =='), /character 18.*expected a condition/)
  t.match(problem('request.traces'), /expected a condition \(bool\), found int/)
  t.match(problem('request.collection.matches("^(a+)+$")'), /can backtrack badly/)
  t.match(problem('request.collection.matches(user.id)'), /computed/)
  t.equal(problem('request.collection.matches("^prod-")'), 'compiled')
})

t.test('plans are made once for a route, reader and obligation', async (t) => {
  const { decide, plan } = policy()
  const { createSecretKey } = await import('node:crypto')
  const [key, other] = [createSecretKey(Buffer.alloc(32, 1)), createSecretKey(Buffer.alloc(32, 2))]
  const input = inputOf({ request: { action: 'search' } })
  const { shape } = input.expects!
  const decision = decide(input)
  t.equal(plan(shape, decision, key), plan(shape, decide(input), key))
  t.not(plan(shape, decision, key), plan(shape, decision, other))
  t.match(plan(shape, decision, key), { hideContent: true })
  t.match(plan(shape, decide(inputOf()), key), { hideContent: false })
})
