import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Checkpoint,
  readCheckpoints,
  spooledEvents,
  storedEvents,
  verifyChains,
} from '../../collector/port.ts'
import { checkpointDirectory, type Foundation } from '../foundation.ts'
import { data, jsonLine, message } from '../output.ts'
import { spoolDirectories } from '../spools.ts'
import { withFoundation } from '../tool.ts'

/** `verify`: exit 1 where a record is missing, altered, out of order, or cut off. */
export const verifyCommand = (options: { config: string; json?: boolean }): Promise<void> =>
  withFoundation(options.config, async (base) => {
    // Beside a running daemon events move on while they are looked at: what is really missing is missing twice.
    let found = await look(base)
    if (!found.ok) found = await look(base)
    const { checkpoints, ...result } = found
    if (!result.ok) process.exitCode = 1
    if (options.json) return jsonLine({ ...result, checkpoints })
    for (const chain of result.chains)
      data(`${chain.chain}: ${chain.records} records, sequence ${chain.from} to ${chain.to}`)
    for (const { file, line, problem } of checkpoints.problems) message(`${file}:${line}: ${problem}`)
    for (const problem of result.problems)
      message(`${problem.chain} at ${problem.sequence}: ${problem.kind}: ${problem.detail}`)
    message(
      result.ok ? `The chain is whole, against ${checkpoints.count} checkpoints.` : 'The chain is NOT whole.',
    )
  })

/** Checkpoints are read first, so that they vouch for nothing which the events that are read cannot hold yet. */
async function look({ store, master, keys, data }: Foundation) {
  const read = await Promise.all(
    checkpointFiles(data).map(async (file) => ({ file, ...(await readCheckpoints(file, keys)) })),
  )
  const checkpoints = read.flatMap((each) => each.checkpoints).sort(byTime)
  const problems = read.flatMap(({ file, problems }) => problems.map((each) => ({ file, ...each })))
  if (read.length === 0)
    problems.push({ file: checkpointDirectory(data), line: 0, problem: 'there are no checkpoints' })
  const sources = [storedEvents(store), ...spoolDirectories(data).map(spooledEvents)]
  const result = await verifyChains(sources, { master, checkpoints })
  return {
    ...result,
    ok: result.ok && problems.length === 0,
    checkpoints: { count: checkpoints.length, problems },
  }
}

const byTime = (a: Checkpoint, b: Checkpoint): number => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)

function checkpointFiles(data: string): string[] {
  const directory = checkpointDirectory(data)
  if (!existsSync(directory)) return []
  const names = readdirSync(directory).filter((name) => name.endsWith('.ndjson'))
  return names.sort().map((name) => join(directory, name))
}
