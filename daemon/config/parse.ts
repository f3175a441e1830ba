import { dirname } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'

import { interpolate } from './interpolate.ts'
import { formatPath, type Problem } from './problem.ts'
import { readRuleFiles } from './rule-files.ts'
import { type Config, configSchema } from './schema.ts'

export type Parsed =
  | { config: Config; problems: readonly [] }
  | { config?: undefined; problems: readonly Problem[] }

export interface ParseOptions {
  /** For messages, and what relative `${file:…}` references start from. */
  file: string
  env: Readonly<Record<string, string | undefined>>
  /** Cross-field checks of the rooms: unknown reviewers, CEL that does not compile, two doors on one port… */
  lint: (config: Config) => readonly Lint[]
}

export interface Lint {
  path: readonly PropertyKey[]
  message: string
  /** Where it stands, if in another file that the config names. */
  at?: { file: string; line: number; column: number }
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
  const report = (path: readonly PropertyKey[], message: string, at?: Lint['at']) =>
    problems.push({ ...(at ?? { file, ...place(path) }), path: formatPath(path), message })

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
    return { problems }
  }
  const config = withRules(result.data, dirname(file), report)
  for (const { path, message, at } of lint(config)) report(path, message, at)
  return problems.length ? { problems } : { config: freeze(config), problems: [] }
}

/** With the rules of `detectors.sigma` as they stand in their files now. */
function withRules(
  config: Config,
  directory: string,
  report: (path: readonly PropertyKey[], message: string) => void,
): Config {
  const { sigma } = config.detectors
  if (sigma.length === 0) return config
  const { files, problems } = readRuleFiles(sigma, directory)
  for (const { index, message } of problems) report(['detectors', 'sigma', index], message)
  return { ...config, detectors: { ...config.detectors, sigmaFiles: files } }
}

function freeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) freeze(member)
  }
  return value
}
