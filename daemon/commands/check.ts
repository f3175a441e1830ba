import { CodedError } from '../../core/errors.ts'
import { inspectBackends } from '../config/backends.ts'
import { lintConfig } from '../config/lint.ts'
import { ConfigError, readConfig } from '../config/load.ts'
import type { Parsed } from '../config/parse.ts'
import { data, jsonLine } from '../output.ts'
import { describePolicy } from '../policy-in-force.ts'

/** `check`: every problem with its place, or the policy in force. Exit 2 where the config is wrong. */
export async function checkCommand(options: { config: string; json?: boolean }): Promise<void> {
  const parsed = await looked(options.config, read(options.config, options.json))
  if (!parsed.config) {
    if (!options.json) throw new ConfigError(options.config, parsed.problems)
    jsonLine({ valid: false, problems: parsed.problems })
    process.exitCode = 2
    return
  }
  if (options.json) jsonLine({ valid: true, config: redacted(parsed.config) })
  else data(describePolicy(parsed.config))
}

/** A config that is right can still lead to a database that the door would not use. */
async function looked(file: string, parsed: Parsed): Promise<Parsed> {
  if (!parsed.config) return parsed
  const problems = await inspectBackends(file, parsed.config)
  return problems.length > 0 ? { problems } : parsed
}

/** For machines a file that is not there is a problem like the others. */
function read(file: string, json: boolean | undefined): Parsed {
  try {
    return readConfig(file, { env: process.env, lint: lintConfig })
  } catch (error) {
    if (!json || !(error instanceof CodedError)) throw error
    return { problems: [{ file, line: 0, column: 0, path: '', message: `${error.message} ${error.hint}` }] }
  }
}

const SECRET = /token|secret|password|authorization|key$/i

/** The config without its secrets. */
function redacted(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return SECRET.test(name) && value !== '' ? '[redacted]' : value
  if (Array.isArray(value)) return value.map((item) => redacted(item, name))
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redacted(item, key)]))
  return value
}
