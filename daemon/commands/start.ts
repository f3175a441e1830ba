import { resolve } from 'node:path'
import type { Logger } from '../../core/log.ts'
import { createLogger } from '../../core/log.ts'
import { lintConfig } from '../config/lint.ts'
import { loadConfig, readConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { watchConfig } from '../config/watch.ts'
import { data } from '../output.ts'
import type { Role } from '../roles.ts'
import { untilSignalled } from '../run.ts'
import { type Daemon, startDaemon } from '../start.ts'

/** `start`: the ready line when it serves; drains on SIGTERM. */
export async function startCommand(options: { config: string; roles: readonly Role[] }): Promise<void> {
  const file = resolve(options.config)
  const config = loadConfig(file, { env: process.env, lint: lintConfig })
  const log = createLogger(config.log)
  const daemon = await startDaemon(config, options.roles, log)
  const unwatch = followConfig(file, daemon, log)
  data(`tracewarden ready console=${daemon.console}/`)
  await untilSignalled(daemon, log).finally(unwatch)
}

/** Every change of the file: taken whole, or refused loudly with its places while the old config stays. */
export function followConfig(
  file: string,
  daemon: Daemon,
  log: Logger,
  env: NodeJS.ProcessEnv = process.env,
): () => void {
  let turn = Promise.resolve()
  const reload = async () => {
    const parsed = readConfig(file, { env, lint: lintConfig })
    const problems = parsed.config ? await daemon.reload(parsed.config) : parsed.problems.map(formatProblem)
    if (problems.length) log.error({ problems }, 'CONFIG REFUSED: the old config stays in force')
  }
  return watchConfig(file, () => {
    turn = turn
      .then(reload)
      .catch((error: unknown) => log.error({ err: error }, 'CONFIG REFUSED: the old config stays in force'))
  })
}
