import { systemRandom } from '../../core/random.ts'
import { inspectPostgres } from '../../gateway/port.ts'
import { message } from '../output.ts'
import { formatPath, type Problem } from './problem.ts'
import type { Config } from './schema.ts'

/** What is wrong with the databases behind the config, as far as they can be reached from here. */
export async function inspectBackends(file: string, { connections }: Config): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const [index, connection] of connections.entries()) {
    if (connection.protocol !== 'postgres') continue
    const { reached, problem } = await inspectPostgres(connection, systemRandom)
    if (!reached) message(`${connection.name}: the database cannot be reached, so its role was not looked at`)
    else if (problem)
      problems.push({
        file,
        line: 0,
        column: 0,
        path: formatPath(['connections', index, 'backend']),
        message: `${problem.message} ${problem.hint}`,
      })
  }
  return problems
}
