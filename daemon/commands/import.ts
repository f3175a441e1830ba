import { join } from 'node:path'
import { type FormatName, importEvents, readEvents } from '../../collector/port.ts'
import { jsonLine, message } from '../output.ts'
import { withFoundation } from '../tool.ts'

/** `import`: exit 1 where a line was set aside. */
export const importCommand = (
  files: readonly string[],
  options: { config: string; json?: boolean; format: FormatName },
): Promise<void> =>
  withFoundation(options.config, async ({ store, master, clock, random, data }) => {
    const rejects = join(data, 'import-rejects.ndjson')
    const done = await importEvents(readEvents(files, options.format), {
      store,
      master,
      clock,
      random,
      rejects,
      onProblem: ({ file, line, problem }) => message(`${file}:${line}: ${problem}`),
    })
    const setAside = done.invalid + done.refused
    if (setAside > 0) process.exitCode = 1
    if (options.json) return jsonLine(done)
    message(`${done.created} events imported as ${done.chain}, ${done.duplicates} were there already.`)
    if (setAside > 0) message(`${setAside} were set aside in ${rejects}.`)
  })
