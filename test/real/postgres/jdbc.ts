import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../process.ts'
import { cache } from '../venv.ts'

const VERSION = '42.7.4'
const directory = () => join(cache(), 'jdbc')
const args = () => [
  '-q',
  '-B',
  'dependency:copy',
  `-Dartifact=org.postgresql:postgresql:${VERSION}`,
  `-DoutputDirectory=${directory()}`,
]

/** The one line that gets it, for NOT RUN. */
export const JDBC = `apt-get install default-jdk-headless maven && mvn ${args().join(' ')}`

/** The driver's jar, fetched once by Maven; undefined where there is no JDK or it cannot be had. */
export async function jdbcDriver(): Promise<string | undefined> {
  const java = await run('java', ['-version']).catch(() => undefined)
  if (java?.code !== 0) return undefined
  const jar = join(directory(), `postgresql-${VERSION}.jar`)
  if (!existsSync(jar)) await run('mvn', args()).catch(() => undefined)
  return existsSync(jar) ? jar : undefined
}
