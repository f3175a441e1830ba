import { resolve } from 'node:path'
import { createLogger } from '../../core/log.ts'
import { rememberMasking } from '../../gateway/port.ts'
import { followConfig } from '../config/follow.ts'
import { lintWith } from '../config/lint.ts'
import { parsedOrThrow, readConfig } from '../config/load.ts'
import type { Parsed } from '../config/parse.ts'
import { readProven } from '../config/provenance.ts'
import { data } from '../output.ts'
import type { Role } from '../roles.ts'
import { endOnFault, untilSignalled } from '../run.ts'
import { startDaemon } from '../start.ts'

/** `start`: the ready line when it serves; drains on SIGTERM. */
export async function startCommand(options: {
  config: string
  roles: readonly Role[]
  console?: string
}): Promise<void> {
  const file = resolve(options.config)
  const masking = rememberMasking()
  const read = () =>
    listeningAt(readConfig(file, { env: process.env, lint: lintWith(masking) }), options.console)
  const { parsed, provenance } = readProven(file, read)
  const config = parsedOrThrow(file, parsed)
  const log = createLogger(config.log)
  endOnFault(log)
  const daemon = await startDaemon(config, options.roles, log, { masking, file: provenance })
  const unfollow = followConfig(file, read, daemon, log)
  // Whoever reads the ready line may ask for the end at once.
  const ended = untilSignalled(daemon, log).finally(unfollow)
  data(`tracewarden ready console=${daemon.console}/`)
  await ended
}

/** Processes of one config file need a console address each: the flag goes before the file. */
function listeningAt(parsed: Parsed, listen: string | undefined): Parsed {
  if (!parsed.config || listen === undefined) return parsed
  const { config } = parsed
  return { config: Object.freeze({ ...config, console: { ...config.console, listen } }), problems: [] }
}
