import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { AROUND } from '../../collector/port.ts'
import { TECHNIQUES } from '../../gateway/doors/http/canonical/techniques.ts'
import { SQL_TECHNIQUES } from '../../gateway/doors/postgres/statement/techniques.ts'
import { S3_TECHNIQUES } from '../../gateway/doors/s3/techniques.ts'
import { ORACLES } from '../../gateway/policy/builtin/block-hidden-predicates.ts'
import { ATTACKS } from '../gateway/postgres/attacks.ts'
import { corpus } from './corpus/index.ts'
import { S3_ATTACKS } from './corpus/s3.ts'
import { WIRE } from './corpus/wire.ts'
import { run } from './engine.ts'
import { honest } from './honest.ts'
import { summary } from './summary.ts'

/** Of the table of ways round a masking gateway. */
const ROWS = 47

// The runner reads this: hundreds of attacks, some of which wait for an approval, on whatever machine this is.
t.comment('timeout=600000')

t.test('no attack of the corpus gets through, and honest queries do', { timeout: 590_000 }, async (t) => {
  const report = await run(corpus, honest, t.testdir())
  const { lines } = summary(report)
  t.comment(lines.at(-1))
  for (const line of lines) if (line.startsWith('NOT RUN')) t.comment(line)
  t.strictSame([...report.leaks], [], 'leaks')
  t.strictSame([...report.refused], [], 'false refusals')
  const works = new Set(report.known.keys())
  t.strictSame(
    corpus.filter(({ name, known }) => known && !works.has(name)).map(({ name }) => name),
    [],
    'what is known to work still does: else its note goes',
  )
})

t.test('attacks have names of their own', async (t) => {
  const names = [...corpus, ...honest].map(({ name }) => name)
  t.strictSame(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  )
})

t.test('every row of the list of ways is tried at least three times', async (t) => {
  const rows = [
    ...corpus.flatMap((attack) => attack.rows),
    ...Object.entries(ATTACKS).flatMap(([name, list]) => list.map(() => Number.parseInt(name, 10))),
    ...WIRE.flatMap((attack) => attack.rows),
    ...S3_ATTACKS.flatMap((attack) => attack.rows),
  ]
  const tried = Array.from({ length: ROWS }, (_, i) => rows.filter((row) => row === i + 1).length)
  t.strictSame(
    tried.flatMap((count, i) => (count < 3 ? [`row ${i + 1}: ${count}`] : [])),
    [],
  )
  t.ok(rows.every((row) => row >= 1 && row <= ROWS))
})

t.test('the published list names every technique that events can name', async (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/bypass-techniques.md'), 'utf8')
  const listed = [...page.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, name]) => name!)
  const known = [...TECHNIQUES, ...S3_TECHNIQUES, ...SQL_TECHNIQUES, ...Object.values(ORACLES), AROUND]
  t.strictSame([...new Set(listed)].toSorted(), [...new Set(known)].toSorted())
})
