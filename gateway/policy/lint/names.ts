import type { GatewayConfig } from '../../config.ts'
import { builtinRules as contentRules } from '../../masking/compile.ts'
import { builtinRules } from '../builtin/index.ts'
import type { Problem } from '../problem.ts'

/** Names are how rules, events and people refer to things, so each is given once. */
export function* lintNames({ policy, masking, connections, approvals, identity }: GatewayConfig) {
  yield* repeated(
    connections.map((c) => c.name),
    ['connections'],
    'name',
  )
  yield* repeated(
    policy.rules.map((r) => r.name),
    ['policy', 'rules'],
    'name',
  )
  // Events list fields and content rules together.
  const content = contentRules.map((rule) => rule.name)
  const fields = masking.fields.map((f) => f.name)
  yield* repeated(fields, ['masking', 'fields'], 'name', content)
  const custom = masking.content.custom.map((rule) => rule.name)
  yield* repeated(custom, ['masking', 'content', 'custom'], 'name', [...content, ...fields])
  yield* repeated(
    policy.canaries.map((c) => c.name),
    ['policy', 'canaries'],
    'name',
  )
  yield* repeated(
    approvals.groups.map((g) => g.name),
    ['approvals', 'groups'],
    'name',
  )
  yield* repeated(
    identity.users.map((u) => u.id),
    ['identity', 'users'],
    'id',
  )
  yield* repeatedSubjects(identity)
  const spoken = new Set(identity.oidc.map((p) => p.name))
  for (const [index, { name }] of identity.saml.entries())
    if (spoken.has(name))
      yield {
        path: ['identity', 'saml', index, 'name'],
        message: `${name} is a provider under identity.oidc already; expected another name`,
      }
  yield* repeated(
    identity.oidc.map((p) => p.name),
    ['identity', 'oidc'],
    'name',
  )
  yield* repeated(
    identity.saml.map((p) => p.name),
    ['identity', 'saml'],
    'name',
  )
  yield* repeated(
    identity.saml.map((p) => p.entity_id),
    ['identity', 'saml'],
    'entity_id',
  )
  yield* repeated(
    identity.oidc.map((p) => p.issuer),
    ['identity', 'oidc'],
    'issuer',
  )
  const builtin = new Set(builtinRules.map((r) => r.name))
  for (const [index, rule] of policy.rules.entries())
    if (builtin.has(rule.name))
      yield {
        path: ['policy', 'rules', index, 'name'],
        message: `${rule.name} is a built-in rule; expected another name`,
      }
}

/** A subject or certificate is one person's. */
function* repeatedSubjects({ users }: GatewayConfig['identity']): Generator<Problem> {
  for (const key of ['subject', 'certificates'] as const) {
    const seen = new Map<string, string>()
    for (const [index, user] of users.entries())
      for (const one of [user[key] ?? []].flat()) {
        const other = seen.get(one)
        if (other !== undefined)
          yield {
            path: ['identity', 'users', index, key],
            message: `${one} is ${other}’s already; expected each of them once`,
          }
        seen.set(one, user.id)
      }
  }
}

function* repeated(
  names: readonly (string | undefined)[],
  path: readonly PropertyKey[],
  key: string,
  taken: readonly string[] = [],
): Generator<Problem> {
  const seen = new Map<string, number>()
  const elsewhere = new Set(taken)
  for (const [index, name] of names.entries()) {
    if (name === undefined) continue
    const first = seen.get(name)
    if (elsewhere.has(name))
      yield {
        path: [...path, index, key],
        message: `${name} is a masking field or content rule already; expected another name`,
      }
    else if (first === undefined) seen.set(name, index)
    else
      yield {
        path: [...path, index, key],
        message: `${name} stands at ${path.join('.')}[${first}] already; expected a ${key} of its own`,
      }
  }
}
