import { z } from 'zod'
import { sessionEvent } from '../../core/event.ts'

/** The fields that session events document: `user.id`, `tracewarden.traces.count`, … A typo would never match. */
export interface KnownFields {
  /** A field with a value. */
  leaf(name: string): boolean
  /** Or a part that holds fields: enough for `exists`. */
  any(name: string): boolean
  /** Names like this one. */
  near(name: string): readonly string[]
}

export function knownFields(): KnownFields {
  const leaves = new Set<string>()
  const parts = new Set<string>()
  walk(z.toJSONSchema(sessionEvent, { io: 'input', unrepresentable: 'any' }), '', leaves, parts)
  return {
    leaf: (name) => leaves.has(name),
    any: (name) => leaves.has(name) || parts.has(name),
    near(name) {
      const last = name.split('.').at(-1) ?? name
      return [...leaves]
        .filter((leaf) => leaf.endsWith(`.${last}`) || leaf.startsWith(`${name}.`))
        .slice(0, 5)
    },
  }
}

function walk(schema: unknown, path: string, leaves: Set<string>, parts: Set<string>): void {
  const properties =
    typeof schema === 'object' && schema !== null && 'properties' in schema ? schema.properties : undefined
  if (typeof properties !== 'object' || properties === null) {
    leaves.add(path)
    return
  }
  if (path) parts.add(path)
  for (const [name, member] of Object.entries(properties))
    walk(member, path ? `${path}.${name}` : name, leaves, parts)
}

/** The values of a field: none where it is absent, each where it is a list. */
export function valuesOf(event: unknown, path: readonly string[]): readonly unknown[] {
  let value = event
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return NONE
    value = Reflect.get(value, name)
  }
  if (value === undefined || value === null) return NONE
  return Array.isArray(value) ? value : [value]
}

const NONE: readonly unknown[] = []
