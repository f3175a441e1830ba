import { join } from 'node:path'
import { readCheckpoints, storedEvents, verifyChains } from '../../collector/port.ts'
import { data, jsonLine, message } from '../output.ts'
import { withFoundation } from '../tool.ts'

/** `verify`: exit 1 where a record is missing, altered, out of order, or cut off. */
export const verifyCommand = (options: { config: string; json?: boolean }): Promise<void> =>
  withFoundation(options.config, async ({ store, master, keys, data: directory }) => {
    const file = join(directory, 'checkpoints.ndjson')
    const { checkpoints, problems: lines } = await readCheckpoints(file, keys)
    const result = await verifyChains([storedEvents(store)], { master, checkpoints })
    const ok = result.ok && lines.length === 0
    if (!ok) process.exitCode = 1
    if (options.json)
      return jsonLine({ ...result, ok, checkpoints: { count: checkpoints.length, problems: lines } })
    for (const chain of result.chains)
      data(`${chain.chain}: ${chain.records} records, sequence ${chain.from} to ${chain.to}`)
    for (const { line, problem } of lines) message(`${file}:${line}: ${problem}`)
    for (const problem of result.problems)
      message(`${problem.chain} at ${problem.sequence}: ${problem.kind}: ${problem.detail}`)
    message(ok ? `The chain is whole, against ${checkpoints.length} checkpoints.` : 'The chain is NOT whole.')
  })
