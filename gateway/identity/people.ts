import type { IdentityConfig } from '../config.ts'
import { fail } from './errors.ts'
import type { Person } from './person.ts'

/** Issuer of people who have no identity provider: only Tracewarden tokens. */
const LOCAL = 'tracewarden'

/** What a provider says about one of its people; only `subject` is theirs alone. */
export interface Claimed {
  provider: string
  /** `<issuer>#<sub>`. */
  subject: string
  user: string
  email?: string
  name?: string
  groups: readonly string[]
  team?: string
  timezone?: string
  kind: 'human' | 'service'
}

/** People as config knows them, laid over what a provider claims. */
export class People {
  readonly #config: IdentityConfig
  readonly #byUser: ReadonlyMap<string, Person>
  readonly #bySubject: ReadonlyMap<string, Person>
  readonly #byCertificate: ReadonlyMap<string, Person>

  constructor(config: IdentityConfig) {
    this.#config = config
    const people = config.users.map((user) => {
      const { id, subject, timezone, certificates, ...rest } = user
      const subjects = subject === undefined ? [] : [subject].flat()
      const person: Person = {
        ...rest,
        id: subjects[0] ?? `${LOCAL}#${id}`,
        user: id,
        ...(isZone(timezone) ? { timezone } : {}),
      }
      return { person, subjects, certificates }
    })
    this.#byUser = new Map(people.map(({ person }) => [person.user, person]))
    this.#bySubject = new Map(people.flatMap(({ person, subjects }) => subjects.map((one) => [one, person])))
    this.#byCertificate = new Map(
      people.flatMap(({ person, certificates }) => certificates.map((one) => [one, person])),
    )
  }

  /** Whom a certificate names; undefined for nobody, and where its names are several people's. */
  certified(names: readonly string[]): Person | undefined {
    const found = new Set(names.flatMap((name) => this.#byCertificate.get(name) ?? []))
    return found.size === 1 ? [...found][0] : undefined
  }

  user(id: string): Person | undefined {
    return this.#byUser.get(id)
  }

  /**
   * A user name is only a name: config may give it to one subject, and whoever claims it with another subject is refused.
   * Whoever config names has one id, whichever of their subjects they came with. With several providers an unconfigured name carries its provider's, so that no two persons share one.
   * @throws TW_AUTH_USER_TAKEN
   */
  claimed(claimed: Claimed): Person {
    const known = this.#bySubject.get(claimed.subject)
    const several = this.#config.oidc.length + this.#config.saml.length > 1
    const user = known?.user ?? (several ? `${claimed.provider}:${claimed.user}` : claimed.user)
    if (!known && this.#byUser.has(user)) throw fail('TW_AUTH_USER_TAKEN')
    const roles = new Set(known?.roles)
    for (const group of claimed.groups)
      if (Object.hasOwn(this.#config.roles, group))
        for (const role of this.#config.roles[group] ?? []) roles.add(role)
    const email = known?.email ?? claimed.email
    const name = known?.name ?? claimed.name
    const team = known?.team ?? claimed.team
    const timezone = known?.timezone ?? (isZone(claimed.timezone) ? claimed.timezone : undefined)
    return {
      id: known?.id ?? claimed.subject,
      user,
      roles: [...roles],
      kind: known?.kind ?? claimed.kind,
      ...(email === undefined ? {} : { email }),
      ...(name === undefined ? {} : { name }),
      ...(team === undefined ? {} : { team }),
      ...(known?.owner === undefined ? {} : { owner: known.owner }),
      ...(timezone === undefined ? {} : { timezone }),
    }
  }
}

/** An IANA name of the time zone database; offsets such as +01:00 have no daylight saving and are not taken. */
export function isZone(zone: string | undefined): zone is string {
  if (zone === undefined || !/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(zone)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
