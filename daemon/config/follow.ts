import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { CodedError } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import type { Daemon } from '../start.ts'
import type { Parsed } from './parse.ts'
import { formatProblem } from './problem.ts'
import { readProven } from './provenance.ts'
import { stateOfRules } from './rule-files.ts'
import { watchConfig } from './watch.ts'

/** What was refused may be right later, though the file stays as it is: the store is back, a secret is set. */
const RETRY = 5_000

/**
 * Follows the file: every change is taken whole, or refused loudly with its places while the old config stays. `read`
 * throws where there is no file. @returns stop
 */
export function followConfig(
  file: string,
  read: () => Parsed,
  daemon: Pick<Daemon, 'config' | 'reload' | 'standing'>,
  log: Logger,
): () => void {
  let turn = Promise.resolve()
  let retry: NodeJS.Timeout | undefined
  let stopped = false
  let told = ''

  const refused = (problems: readonly string[]) => {
    daemon.standing.refused(problems)
    const text = problems.join('\n')
    if (text !== told) log.error({ problems }, 'CONFIG REFUSED: the old config stays in force')
    told = text
    clearTimeout(retry)
    if (!stopped) retry = setTimeout(again, RETRY).unref()
  }
  const once = async () => {
    if (stopped) return
    const { parsed, provenance } = readProven(file, read)
    if (!parsed.config) return refused(parsed.problems.map(formatProblem))
    const inForce = daemon.config()
    // Where files are signed, one that only reads differently is judged too: the next start would judge it.
    const same = isDeepStrictEqual(parsed.config, inForce) && inForce.policy.changes.signatures === 0
    const problems = same && told === '' ? [] : await daemon.reload(parsed.config, provenance)
    if (problems.length) return refused(problems)
    told = ''
  }
  const again = () => {
    turn = turn
      .then(once)
      .catch((error: unknown) =>
        refused([error instanceof CodedError ? `${error.message} ${error.hint}` : String(error)]),
      )
  }

  const rules = () => stateOfRules(daemon.config().detectors.sigma, dirname(file))
  const unwatch = watchConfig(file, rules, again)
  // The file may have changed while the daemon was starting.
  again()
  return () => {
    stopped = true
    clearTimeout(retry)
    unwatch()
  }
}
