import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { builtinRules } from '../../../gateway/policy/builtin/index.ts'
import { compilePolicy } from '../../../gateway/policy/compile.ts'
import { VARIABLES } from '../../../gateway/policy/condition/variables.ts'
import { lintPolicy } from '../../../gateway/policy/lint/lint.ts'
import { configOf, identityOf, inputOf } from './given.ts'

const guide = readFileSync(new URL('../../../docs/policy-guide.md', import.meta.url), 'utf8')
const example = configOf(parse(/```yaml\n([\s\S]*?)```/.exec(guide)![1]!))

t.test('the example of the guide is sound', async (t) => {
  t.same(lintPolicy(example), [])
})

t.test('the example does what the guide says', async (t) => {
  const { decide } = compilePolicy(example, { version: 1 })
  const as = (id: string) => {
    const { roles, team, kind } = example.identity.users.find((u) => u.id === id)!
    return { identity: identityOf(id, { roles, kind, ...(team && { team }) }) }
  }
  const young = { oldest: inputOf().now, newest: inputOf().now }
  const ada = as('ada')
  t.equal(decide(inputOf({ ...ada, response: { ...young, masked: ['customer_id'] } })).verdict, 'mask')
  t.equal(decide(inputOf({ ...ada, response: { ...young, traces: 2 } })).verdict, 'approval')
  const filter = (field: string) => ({
    ...ada,
    request: { action: 'search' as const, predicates: [{ field, use: 'filter' as const }] },
  })
  t.same(decide(inputOf(filter('spans.*.content'))).bypass, ['filter-oracle'])
  t.equal(decide(inputOf(filter('metadata.model'))).verdict, 'mask')
  const nth = (n: number) => inputOf({ ...ada, response: young, window: { traces: n - 1, fresh: 1 } })
  t.same(
    [40, 41, 300, 301].map((n) => decide(nth(n)).verdict),
    ['allow', 'approval', 'approval', 'block'],
  )
  const prod = { ...ada, request: { collection: 'prod-eu' } }
  t.match(decide(inputOf(prod)), {
    verdict: 'approval',
    reviewers: ['security'],
    obligations: { reveal: [] },
  })
  const grant = { id: 'g', maxTraces: 1, fields: ['system_prompt'] }
  t.match(decide(inputOf({ ...prod, grant })), {
    verdict: 'allow',
    obligations: { reveal: ['system_prompt'] },
  })
  t.same(decide(inputOf(as('cleo'))).obligations.reveal, ['customer_id'])
  t.equal(decide(inputOf({ ...ada, response: {} })).code, 'TW_POLICY_RULE', 'a trace without a time is old')
  t.equal(decide(inputOf({ ...as('support-bot'), request: { collection: 'x' } })).verdict, 'block')
})

t.test('the guide lists each built-in rule and each variable, and no other', async (t) => {
  const rules = [...guide.matchAll(/^\| `([\w-]+)` \| (request|response) \| (.*?) \|/gm)].map((m) =>
    m.slice(1),
  )
  t.same(
    rules,
    builtinRules.map((r) => [r.name, r.stage, r.sentence]),
  )
  const variables = [...guide.matchAll(/^\| `(\w+\.\w+|now)` \| /gm)].map((m) => m[1])
  const known = Object.entries(VARIABLES).flatMap(([name, members]) =>
    Object.keys(members).map((m) => `${name}.${m}`),
  )
  t.same(variables, [...known, 'now'])
})
