import type { Person } from '../../identity/person.ts'

/**
 * Whose window a read counts against: a service account shares its owner's, or it would be a second budget for whoever
 * holds its token. `lookup` is `IdentityService.person`.
 */
export function budgetOf(person: Person, lookup: (user: string) => Person | undefined): string {
  return person.owner === undefined ? person.id : (lookup(person.owner)?.id ?? `owner#${person.owner}`)
}
