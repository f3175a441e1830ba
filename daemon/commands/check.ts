import { lintConfig } from '../config/lint.ts'
import { ConfigError, readConfig } from '../config/load.ts'
import { data, jsonLine } from '../output.ts'
import { describePolicy } from '../policy-in-force.ts'

/** `check`: every problem with its place, or the policy in force. Exit 2 where the config is wrong. */
export async function checkCommand(options: { config: string; json?: boolean }): Promise<void> {
  const parsed = readConfig(options.config, { env: process.env, lint: lintConfig })
  if (!parsed.config) {
    if (!options.json) throw new ConfigError(options.config, parsed.problems)
    jsonLine({ valid: false, problems: parsed.problems })
    process.exitCode = 2
    return
  }
  if (options.json) jsonLine({ valid: true, config: redacted(parsed.config) })
  else data(describePolicy(parsed.config))
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
