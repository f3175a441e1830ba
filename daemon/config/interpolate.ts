import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** Deeper than any option: an alias that contains itself. */
const DEEPEST = 50
const REFERENCE = /\$\{(env|file):([^}]+)\}/g

/**
 * Replaces `${env:NAME}` and `${file:PATH}` (relative to the config) in every string. What cannot be found is reported
 * with its path; an unset secret must never become an empty one.
 */
export function interpolate(
  value: unknown,
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
  problem: (path: readonly PropertyKey[], message: string) => void,
  path: readonly PropertyKey[] = [],
): unknown {
  if (path.length > DEEPEST) {
    problem(path.slice(0, 1), `nested more than ${DEEPEST} deep`)
    return undefined
  }
  if (typeof value === 'string')
    return value.replace(REFERENCE, (reference, kind: string, name: string) => {
      if (kind === 'env') {
        const found = env[name]
        if (found) return found
        problem(path, `the environment variable ${name} is not set`)
        return reference
      }
      try {
        return readFileSync(resolve(directory, name), 'utf8').trim()
      } catch {
        problem(path, `the file ${name} cannot be read`)
        return reference
      }
    })
  if (Array.isArray(value))
    return value.map((item, i) => interpolate(item, directory, env, problem, [...path, i]))
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        interpolate(item, directory, env, problem, [...path, key]),
      ]),
    )
  return value
}
