import { z } from 'zod'
import { acceptsOf } from '../accepts.ts'

/**
 * How the members of an object are read:
 *
 *   open   member by member
 *   once   anew each time, as it hardly comes twice: an id, a time
 *   again  from the memo: all others
 */
export interface Plan {
  /** By their names; those that the schema does not know are added as they are met. */
  readonly members: Map<string, Member>
  /** Those that must be there. */
  readonly required: readonly Member[]
  /** The member that an object began with last. */
  first: Member | undefined
  /** Of the object being read. */
  serial: number
  strangers: number
}

export interface Member {
  readonly name: string
  /** The name in its quotes. */
  readonly bytes: Uint8Array
  readonly open: Plan | undefined
  readonly once: boolean
  readonly accepts: (value: unknown) => boolean
  /** The one that followed it last: members mostly come in one order. */
  next: Member | undefined
  /** The object that had it last: the same name twice is not for here. */
  serial: number
}

/** As `traces.age`. */
export interface Paths {
  open: ReadonlySet<string>
  once: ReadonlySet<string>
}

export function planOf(schema: z.ZodObject, { open, once }: Paths, path = ''): Plan {
  const members = new Map<string, Member>()
  const required: Member[] = []
  for (const [name, member] of Object.entries(schema.shape)) {
    const here = `${path}${name}`
    const inner = member instanceof z.ZodOptional ? member.unwrap() : member
    const plan = open.has(here) && isLoose(inner) ? planOf(inner, { open, once }, `${here}.`) : undefined
    const made = newMember(name, plan, once.has(here), acceptsOf(inner))
    members.set(name, made)
    if (inner === member) required.push(made)
  }
  return { members, required, first: undefined, serial: 0, strangers: 0 }
}

/** Others change or refuse what they do not know. */
const isLoose = (schema: z.core.$ZodType): schema is z.ZodObject =>
  schema instanceof z.ZodObject && schema.def.catchall instanceof z.ZodUnknown

const newMember = (
  name: string,
  open: Plan | undefined,
  once: boolean,
  accepts: (value: unknown) => boolean,
): Member => ({ name, bytes: Buffer.from(`"${name}"`), open, once, accepts, next: undefined, serial: 0 })

/** Sources have a few members of their own; one that makes up names is not for here. */
const STRANGERS = 100

/** A member that the schema does not know: anything goes. Undefined where there are too many, or it is no plain name. */
export function stranger(plan: Plan, name: string): Member | undefined {
  if (name === '__proto__' || plan.strangers >= STRANGERS) return undefined
  plan.strangers++
  const member = newMember(name, undefined, false, () => true)
  plan.members.set(name, member)
  return member
}
