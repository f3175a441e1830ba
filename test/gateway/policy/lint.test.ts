import t from 'tap'
import { rememberMasking } from '../../../gateway/policy/compile-masking.ts'
import { lintPolicy } from '../../../gateway/policy/lint/lint.ts'
import { configOf, MLFLOW } from './given.ts'

const masking = rememberMasking()
const lint = (slices: Record<string, unknown>) => lintPolicy(configOf(slices), masking)

const users = ['r1', 'r2', 'u1'].map((id) => ({ id }))
const groups = [{ name: 'owners', members: ['r1', 'r2'] }]
const sound = {
  identity: { users },
  approvals: { groups, default_groups: ['owners'] },
  masking: { fields: [{ name: 'customer', paths: ['**.customer'] }] },
}
const rule = (more: object) => ({
  policy: { rules: [{ name: 'r', when: 'true', effect: 'block', ...more }] },
})

t.test('a sound config has no problem', async (t) => {
  t.same(lint(sound), [])
  t.same(lint({ connections: [] }), [], 'nor has an empty one')
})

const problems: [string, Record<string, unknown>, string, RegExp][] = [
  [
    'a condition that does not compile',
    rule({ when: 'request.x' }),
    'policy.rules.0.when',
    /rule r: character 9/,
  ],
  [
    'two rules of one name',
    { policy: { rules: [1, 2].map(() => ({ name: 'r', when: 'true', effect: 'allow' })) } },
    'policy.rules.1.name',
    /policy\.rules\[0\]/,
  ],
  ['a rule named like a built-in one', rule({ name: 'block-export' }), 'policy.rules.0.name', /built-in/],
  ['an unknown connection', rule({ connections: ['x'] }), 'policy.rules.0.connections.0', /one of mlflow/],
  [
    'two doors on one address',
    { connections: [MLFLOW, { ...MLFLOW, name: 'b', listen: '0.0.0.0:7410' }] },
    'connections.1.listen',
    /taken by connection mlflow/,
  ],
  [
    'a json connection without routes',
    { connections: [{ ...MLFLOW, profile: 'json' }] },
    'connections.0.routes',
    /at least one/,
  ],
  [
    'an mcp connection without tools',
    { connections: [{ ...MLFLOW, profile: 'mcp' }] },
    'connections.0.mcp.tools',
    /at least one/,
  ],
  [
    'a revealed field that is not there',
    rule({ effect: 'allow', reveal: ['x'] }),
    'policy.rules.0.reveal.0',
    /expected customer, or a content rule/,
  ],
  [
    'a field named like a content rule',
    { masking: { fields: [{ name: 'email', paths: ['**.email'] }] } },
    'masking.fields.0.name',
    /content rule already/,
  ],
  [
    'a path that is none',
    { masking: { fields: [{ name: 'x', paths: ['a..b'] }] } },
    'masking.fields.0',
    /a segment is empty/,
  ],
  [
    'a content rule that is not there',
    { masking: { content: { disable: ['email', 'nope'] } } },
    'masking.content.disable.1',
    /nope/,
  ],
  [
    'a pattern that can backtrack badly',
    { masking: { content: { custom: [{ name: 'c', pattern: '(a+)+$' }] } } },
    'masking.content.custom.0',
    /backtrack/,
  ],
  ['a refusal that reveals', rule({ reveal: ['customer'] }), 'policy.rules.0.reveal', /refuses/],
  [
    'a reveal that comes too late',
    rule({ when: 'response.traces == 1', effect: 'allow', reveal: ['customer'] }),
    'policy.rules.0.reveal',
    /masked by then/,
  ],
  [
    'a device client whose tokens would be refused',
    {
      identity: {
        users,
        oidc: [
          {
            name: 'p',
            issuer: 'https://id.example',
            audience: 'a',
            clients: ['x'],
            device: { client: 'cli' },
          },
        ],
      },
    },
    'identity.oidc.0.device.client',
    /cli is not among clients/,
  ],
  [
    'one certificate for two',
    {
      identity: {
        users: [
          ...users,
          { id: 'y', certificates: ['email:a@b.example'] },
          { id: 'z', certificates: ['email:a@b.example'] },
        ],
      },
    },
    'identity.users.4.certificates',
    /is y’s already/,
  ],
  [
    'an unknown time zone',
    { identity: { users: [...users, { id: 'z', timezone: 'Berlin' }] } },
    'identity.users.3.timezone',
    /IANA/,
  ],
  [
    'a machine owned by nobody',
    { identity: { users: [...users, { id: 'bot', kind: 'service', owner: 'nn' }] } },
    'identity.users.3.owner',
    /person/,
  ],
  [
    'an unknown reviewer group',
    rule({ effect: 'approval', reviewers: ['x'] }),
    'policy.rules.0.reviewers.0',
    /one of owners/,
  ],
  [
    'a group without members',
    { approvals: { groups: [...groups, { name: 'nobody' }], default_groups: ['owners'] } },
    'approvals.groups.1',
    /has nobody/,
  ],
  [
    'a member nobody knows',
    { approvals: { groups: [{ name: 'owners', members: ['r1', 'r2', 'x'] }], default_groups: ['owners'] } },
    'approvals.groups.0.members.2',
    /no user x/,
  ],
  ['nobody to ask by default', { approvals: {} }, 'approvals.default_groups', /0 person/],
  [
    'a reviewer who could only decide for others',
    { approvals: { groups: [{ name: 'owners', members: ['r1'] }], default_groups: ['owners'] } },
    'approvals.default_groups',
    /1 person.*at least 2/,
  ],
  [
    'more approvals than reviewers',
    { approvals: { groups, default_groups: ['owners'], minimum: 2 } },
    'approvals.default_groups',
    /at least 3/,
  ],
  [
    'groups that are asked about some collections only',
    { approvals: { groups: [{ ...groups[0], collections: ['mlflow/1'] }], default_groups: ['owners'] } },
    'approvals.default_groups',
    /without `collections`/,
  ],
]

for (const [name, slices, path, message] of problems)
  t.test(`finds ${name}`, async (t) => {
    const found = lint({ ...sound, ...slices })
    t.match(
      found.map((p) => [p.path.join('.'), p.message]),
      [[path, message]],
    )
    t.equal(found.length, 1)
  })

t.test('people whom a provider puts into a role may be reviewers', async (t) => {
  const oidc = [{ name: 'idp', issuer: 'https://id.test', audience: 'tracewarden' }]
  const found = (roles: object) =>
    lint({
      identity: { oidc, roles },
      approvals: { groups: [{ name: 'owners', roles: ['trace-owner'] }], default_groups: ['owners'] },
    })
  t.same(found({ 'ml-leads': ['trace-owner'] }), [])
  t.equal(found({}).length, 1)
})
