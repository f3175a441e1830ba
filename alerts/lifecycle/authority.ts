import type { Finding } from '../../detectors/port.ts'
import type { Identity, Person } from '../../gateway/port.ts'
import type { AlertsConfig } from '../config.ts'
import { fail } from '../errors.ts'
import type { Proposal } from './pair.ts'

type About = Pick<Finding, 'user' | 'subject'>

export interface AuthorityDeps {
  /** Roles that may triage: policy.auditors and policy.admins of the snapshot in force. */
  roles: () => readonly string[]
  /** Who a `user.id` is: their team, and owners of service accounts, who may not triage what those did. */
  person: (user: string) => Person | undefined
  /** In force. */
  config: () => Pick<AlertsConfig, 'second_person' | 'verdicts'>
}

/** Who may say something of an alert, and who may not say it alone. */
export function createAuthority({ roles, person, config }: AuthorityDeps) {
  const usersOf = ({ user, subject }: About) => [user?.id, subject.kind === 'person' ? subject.id : undefined]

  /** @throws TW_ALERT_ROLE, TW_ALERT_OWN */
  function authorize(about: About, by: Identity): void {
    const allowed = roles()
    if (!by.person.roles.some((role) => allowed.includes(role))) throw fail('TW_ALERT_ROLE')
    const { user, id } = by.person
    for (const one of usersOf(about))
      if (one !== undefined && (one === user || one === id || person(one)?.owner === user))
        throw fail('TW_ALERT_OWN')
  }

  /** The team the alert is about: of the person, of a service account's owner, or the team itself. */
  function teamOf(about: About): string | undefined {
    if (about.subject.kind === 'team') return about.subject.id
    for (const one of usersOf(about)) {
      const known = one === undefined ? undefined : person(one)
      const owner = known?.owner === undefined ? undefined : person(known.owner)
      const team = owner?.team ?? known?.team
      if (team !== undefined) return team
    }
    return about.user?.team
  }

  const ofOwnTeam = (about: About, by: Identity): boolean => {
    const team = teamOf(about)
    return team !== undefined && team === by.person.team
  }

  return {
    authorize,
    ofOwnTeam,
    /** What hides an alert needs another person besides this one. */
    needsSecond(about: About, by: Identity): boolean {
      const rule = config().second_person
      return rule === 'always' || (rule === 'own-team' && ofOwnTeam(about, by))
    },
    /** @throws TW_ALERT_SECOND: it is the same person, or an account that answers to them */
    authorizeSecond({ by: first }: Proposal, by: Identity): void {
      const { user, kind, owner } = by.person
      if (first === user || kind !== 'human' || owner === first) throw fail('TW_ALERT_SECOND')
    },
  }
}

export type Authority = ReturnType<typeof createAuthority>
