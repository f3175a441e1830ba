import type { SessionEvent } from '../../core/event.ts'
import { type KnownFields, valuesOf } from './fields.ts'
import { invalid, Refusal, unsupported } from './problem.ts'
import { compileValue } from './value.ts'

export type Match = (event: SessionEvent) => boolean

export interface Knows {
  known: KnownFields
  judge: (pattern: string) => string | undefined
}

/** A map: all of its fields; a list of maps: any of them. @throws Refusal */
export function compileSelection(selection: unknown, path: readonly PropertyKey[], knows: Knows): Match {
  if (Array.isArray(selection)) {
    if (selection.length === 0) throw invalid('an empty selection', path)
    const any = selection.map((item, i) => compileMap(item, [...path, i], knows))
    return (event) => any.some((match) => match(event))
  }
  return compileMap(selection, path, knows)
}

function compileMap(map: unknown, path: readonly PropertyKey[], knows: Knows): Match {
  if (typeof map === 'string' || typeof map === 'number')
    throw unsupported('keywords, which look through a whole event: name the field', path)
  if (typeof map !== 'object' || map === null || Array.isArray(map) || Object.keys(map).length === 0)
    throw invalid('expected fields and what they hold', path)
  const all = Object.entries(map).map(([key, value]) => compileField(key, value, [...path, key], knows))
  return (event) => all.every((match) => match(event))
}

function compileField(key: string, given: unknown, path: readonly PropertyKey[], knows: Knows): Match {
  const [name = '', ...modifiers] = key.split('|')
  const all = modifiers.includes('all')
  const how = modifiers.filter((modifier) => modifier !== 'all')
  if (how.includes('exists') ? !knows.known.any(name) : !knows.known.leaf(name)) {
    const near = knows.known.near(name)
    throw invalid(
      `session events have no field ${name}${near.length ? `; there is ${near.join(', ')}` : ''}`,
      path,
    )
  }
  const wanted: unknown[] = Array.isArray(given) ? given : [given]
  if (wanted.length === 0) throw invalid('an empty list matches nothing', path)
  const steps = name.split('.')
  const tests = wanted.map((value, i) => {
    try {
      return compileValue(value, how, knows.judge)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      throw new Refusal(error.code, error.message, Array.isArray(given) ? [...path, i] : path)
    }
  })
  return (event) => {
    const values = valuesOf(event, steps)
    return all ? tests.every((test) => test(values)) : tests.some((test) => test(values))
  }
}
