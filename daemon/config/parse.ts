import { dirname } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'

import { interpolate } from './interpolate.ts'
import { formatPath, type Problem } from './problem.ts'
import { type Config, configSchema } from './schema.ts'

export type Parsed =
  | { config: Config; problems: readonly [] }
  | { config?: undefined; problems: readonly Problem[] }

export interface ParseOptions {
  /** For messages, and what relative `${file:…}` references start from. */
  file: string
  env: Readonly<Record<string, string | undefined>>
  /** Cross-field checks of the rooms: unknown reviewers, CEL that does not compile, two doors on one port… */
  lint: (config: Config) => readonly { path: readonly PropertyKey[]; message: string }[]
}

/** YAML text → the whole, frozen config, or every problem with its line. Never half of it. */
export function parseConfig(text: string, { file, env, lint }: ParseOptions): Parsed {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    version: '1.2',
  })
  const problems: Problem[] = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0])
    return { file, line, column: col, path: '', message: error.message }
  })
  // Half of a file that is being written must not pass for a config that hides nothing.
  if (problems.length === 0 && document.contents === null)
    problems.push({ file, line: 1, column: 1, path: '', message: 'expected options, found an empty file' })
  if (problems.length) return { problems }

  const place = (path: readonly PropertyKey[]) => {
    for (let depth = path.length; depth >= 0; depth--) {
      const found = document.getIn(path.slice(0, depth), true) as
        | { range?: [number, number, number] }
        | undefined
      if (!found?.range) continue
      const { line, col } = lines.linePos(found.range[0])
      return { line, column: col }
    }
    return { line: 0, column: 0 }
  }
  const report = (path: readonly PropertyKey[], message: string) =>
    problems.push({ file, ...place(path), path: formatPath(path), message })

  let plain: unknown
  try {
    plain = document.toJS()
  } catch (error) {
    // Anchors: one that is missing, or aliases that multiply without end.
    report([], error instanceof Error ? error.message : String(error))
    return { problems }
  }
  const value = interpolate(plain, dirname(file), env, report)
  const result = configSchema.safeParse(value)
  if (!result.success) {
    for (const issue of result.error.issues)
      if (issue.code === 'unrecognized_keys')
        for (const key of issue.keys) report([...issue.path, key], 'unknown option')
      else report(issue.path, issue.message)
  } else for (const issue of lint(result.data)) report(issue.path, issue.message)
  return problems.length || !result.success ? { problems } : { config: freeze(result.data), problems: [] }
}

function freeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) freeze(member)
  }
  return value
}
