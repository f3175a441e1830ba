import { readFileSync } from 'node:fs'
import { CodedError } from '../../core/errors.ts'
import { daemonErrors, fail } from '../errors.ts'
import { type Parsed, type ParseOptions, parseConfig } from './parse.ts'
import { formatProblem, type Problem } from './problem.ts'
import type { Config } from './schema.ts'

export class ConfigError extends CodedError {
  readonly problems: readonly Problem[]
  constructor(file: string, problems: readonly Problem[]) {
    super('TW_CONFIG_INVALID', daemonErrors.TW_CONFIG_INVALID, { file, count: problems.length })
    this.problems = problems
  }
  /** Every problem on a line of its own: file, line, column, path, what was expected. */
  print(): string {
    return this.problems.map(formatProblem).join('\n')
  }
}

/** Reads and parses. @throws TW_CONFIG_MISSING; a file that is there but wrong comes back as problems. */
export function readConfig(file: string, options: Omit<ParseOptions, 'file'>): Parsed {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw fail('TW_CONFIG_MISSING', { file }, error)
  }
  return parseConfig(text, { ...options, file })
}

/** @throws TW_CONFIG_MISSING, ConfigError */
export const loadConfig = (file: string, options: Omit<ParseOptions, 'file'>): Config =>
  parsedOrThrow(file, readConfig(file, options))

/** @throws ConfigError */
export function parsedOrThrow(file: string, parsed: Parsed): Config {
  if (!parsed.config) throw new ConfigError(file, parsed.problems)
  return parsed.config
}
