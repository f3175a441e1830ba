import { createHash } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import type { CommonOptions } from '../engine/detector.ts'
import type { Subject } from '../engine/subject.ts'
import { type Allows, compileAllow } from './allow.ts'

/**
 * One detector's options, as they hold for one user:
 *
 *   the detector's defaults ← `rules.NAME` ← its `roles.ROLE` (the first of the file that the user has) ← its `users.USER`
 */
export interface Setting<O> {
  readonly options: O
  /** Absent where nothing is allow-listed. */
  readonly allows: Allows | undefined
  /** `sha256:` of the options, which findings carry. */
  readonly config: string
}

export interface Tuned<O> {
  /** For whoever has no setting of their own. */
  readonly base: Setting<O>
  of(subject: Subject): Setting<O>
}

type Raw = Readonly<Record<string, unknown>>
/** What `roles` and `users` are merged into; what they hold was checked by checkDetectors. */
type Overrides = Readonly<Record<string, Raw>>

/** `parse` is the detector's own schema. @throws ZodError where the config was not checked */
export function tune<O extends CommonOptions>(parse: (raw: unknown) => O, raw: Raw): Tuned<O> {
  const { roles = {}, users = {}, ...own } = raw as Raw & { roles?: Overrides; users?: Overrides }
  const setting = (merged: Raw): Setting<O> => {
    const options = parse(merged)
    const config = `sha256:${createHash('sha256').update(canonical(options)).digest('hex')}`
    return { options, allows: compileAllow(options.allow), config }
  }
  const base = setting(own)
  const names = Object.keys(roles)
  if (names.length === 0 && Object.keys(users).length === 0) return { base, of: () => base }

  const settings = new Map<string, Setting<O>>()
  const known: ({ roles: readonly string[]; setting: Setting<O> } | undefined)[] = []
  const resolve = (subject: Subject): Setting<O> => {
    const role = names.find((name) => subject.roles.includes(name))
    const user = Object.hasOwn(users, subject.id) ? subject.id : undefined
    if (role === undefined && user === undefined) return base
    const key = JSON.stringify([role, user])
    let found = settings.get(key)
    if (!found) {
      found = setting({ ...own, ...(role && roles[role]), ...(user !== undefined && users[user]) })
      settings.set(key, found)
    }
    return found
  }
  return {
    base,
    of(subject) {
      const last = known[subject.index]
      if (last?.roles === subject.roles) return last.setting
      const found = resolve(subject)
      known[subject.index] = { roles: subject.roles, setting: found }
      return found
    },
  }
}
