import type { ApprovalsConfig } from '../config.ts'
import type { Person } from '../identity/person.ts'
import type { Approval } from './approval.ts'

type Group = ApprovalsConfig['groups'][number]

/** The groups asked: those the rules name, or the default ones; of these, the ones that are asked about this collection. */
export function groupsFor(
  config: ApprovalsConfig,
  named: readonly string[],
  connection: string,
  collection: string | undefined,
): string[] {
  const wanted = new Set(named.length ? named : config.default_groups)
  return config.groups
    .filter((group) => wanted.has(group.name) && asksAbout(group, connection, collection))
    .map((group) => group.name)
}

function asksAbout(group: Group, connection: string, collection: string | undefined): boolean {
  if (group.collections.length === 0) return true
  const place = `${connection}/${collection ?? ''}`
  return group.collections.some((pattern) =>
    pattern.endsWith('*') ? place.startsWith(pattern.slice(0, -1)) : place === pattern,
  )
}

/** Membership is as the config says now, in the groups that were asked then. A machine has no voice. */
export function isReviewer(config: ApprovalsConfig, approval: Approval, person: Person): boolean {
  if (person.kind !== 'human') return false
  const asked = new Set(approval.groups)
  return config.groups.some(
    (group) =>
      asked.has(group.name) &&
      asksAbout(group, approval.connection, approval.collection) &&
      (group.members.includes(person.user) || group.roles.some((role) => person.roles.includes(role))),
  )
}

interface Voice {
  person: string
  user: string
  email?: string
}

/** Whether two accounts are one human, as far as one can tell: subject, user or e-mail are the same. */
export const sameVoice = (a: Voice, b: Voice): boolean =>
  a.person === b.person ||
  a.user === b.user ||
  (a.email !== undefined && a.email.toLowerCase() === b.email?.toLowerCase())

/** One's own request, or one by a service account that one owns. `lookup`: what config says about users now. */
export function isOwn(
  approval: Approval,
  reviewer: Person,
  lookup: (user: string) => Person | undefined,
): boolean {
  const { requester } = approval
  const me: Voice = voiceOf(reviewer)
  if (sameVoice(requester, me)) return true
  const owners = [requester.owner, lookup(requester.user)?.owner].filter((o) => o !== undefined)
  return owners.some((owner) => {
    const person = lookup(owner)
    return owner === reviewer.user || (person !== undefined && sameVoice(voiceOf(person), me))
  })
}

export const voiceOf = ({ id, user, email }: Person): Voice => ({
  person: id,
  user,
  ...(email === undefined ? {} : { email }),
})

/** The reviewer groups a person belongs to; none for a machine. */
export const reviewerGroups = (config: ApprovalsConfig, person: Person): string[] =>
  person.kind !== 'human'
    ? []
    : config.groups
        .filter(
          ({ members, roles }) =>
            members.includes(person.user) || roles.some((role) => person.roles.includes(role)),
        )
        .map((group) => group.name)
