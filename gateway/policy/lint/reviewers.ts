import type { GatewayConfig } from '../../config.ts'
import type { Problem } from '../problem.ts'

type Group = GatewayConfig['approvals']['groups'][number]

/**
 * Whoever may be held must find somebody who may decide: the groups exist, have members, and together hold one person
 * more than must agree, since a member's own request is decided by the others.
 */
export function* lintReviewers(config: GatewayConfig): Generator<Problem> {
  const { policy, approvals, connections } = config
  const groups = new Map(approvals.groups.map((g) => [g.name, g]))
  const people = peopleOf(config)

  for (const [index, group] of approvals.groups.entries()) {
    const path = ['approvals', 'groups', index]
    if (group.members.length === 0 && group.roles.length === 0)
      yield { path, message: `group ${group.name} has nobody; expected members or roles` }
    for (const [at, member] of group.members.entries()) {
      const user = people.users.get(member)
      if (user?.kind === 'service')
        yield { path: [...path, 'members', at], message: `${member} is a machine; expected a person` }
      else if (!user && !people.open)
        yield {
          path: [...path, 'members', at],
          message: `there is no user ${member}; expected an id of identity.users`,
        }
    }
  }

  function* unknown(names: readonly string[], path: readonly PropertyKey[]): Generator<Problem> {
    for (const [at, name] of names.entries())
      if (!groups.has(name))
        yield {
          path: [...path, at],
          message: `there is no reviewer group ${name}; expected one of ${[...groups.keys()].join(', ') || 'none: approvals.groups is empty'}`,
        }
  }
  function* enough(names: readonly string[], path: readonly PropertyKey[], who: string): Generator<Problem> {
    const asked = names.flatMap((name) => groups.get(name) ?? [])
    if (asked.length < names.length) return
    const eligible = people.eligible(asked)
    const needed = approvals.minimum + 1
    if (eligible < needed)
      yield {
        path,
        message: `${who} would be decided by ${eligible} person(s), and nobody decides on their own request; expected at least ${needed} in the groups asked`,
      }
    const everywhere = asked.some((group) => group.collections.length === 0)
    if (asked.length > 0 && !everywhere)
      yield {
        path,
        message: `${who} may concern any collection, but each group asked is limited to some; expected one without \`collections\``,
      }
  }

  yield* unknown(approvals.default_groups, ['approvals', 'default_groups'])
  if (connections.length > 0)
    yield* enough(approvals.default_groups, ['approvals', 'default_groups'], 'what the built-in rules ask')
  for (const [index, rule] of policy.rules.entries()) {
    const path = ['policy', 'rules', index, 'reviewers']
    yield* unknown(rule.reviewers, path)
    if (rule.effect === 'approval' && rule.reviewers.length > 0)
      yield* enough(rule.reviewers, path, `rule ${rule.name}`)
  }
}

function peopleOf({ identity }: GatewayConfig) {
  const users = new Map(identity.users.map((u) => [u.id, u]))
  /** A provider may know people, and put them into roles, that the config does not list. */
  const open = identity.oidc.length > 0
  const granted = new Set(Object.values(identity.roles).flat())
  return {
    users,
    open,
    eligible(groups: readonly Group[]): number {
      if (open && groups.some((g) => g.roles.some((role) => granted.has(role))))
        return Number.POSITIVE_INFINITY
      const members = new Set(groups.flatMap((g) => g.members))
      for (const user of identity.users)
        if (groups.some((g) => g.roles.some((role) => user.roles.includes(role)))) members.add(user.id)
      return [...members].filter((id) => (users.get(id)?.kind ?? (open ? 'human' : 'none')) === 'human')
        .length
    },
  }
}
