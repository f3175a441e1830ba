import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'
import { detectorCatalog, detectorsConfig, SEVERITIES, shippedDetectors } from '../../detectors/port.ts'

/** Whoever adds a detector copies a file in detectors/rules and lists it; this says what is still missing. */
const RULES = resolve(import.meta.dirname, '../../detectors/rules')
const DETECTION = resolve(import.meta.dirname, '../../docs/detection.md')
const files = readdirSync(RULES).filter((file) =>
  /^export default /m.test(readFileSync(resolve(RULES, file), 'utf8')),
)

t.test('each file is one detector, named like it and listed in index.ts', async (t) => {
  const listed = shippedDetectors.map(({ name }) => name)
  t.same(
    listed.filter((name, i) => listed.indexOf(name) !== i),
    [],
    'no name twice',
  )
  t.same(
    files.filter((file) => !listed.includes(file.replace('.ts', ''))),
    [],
    'files that export a detector but are not listed, or not by the name of the file',
  )
  t.same(
    listed.filter((name) => !files.includes(`${name}.ts`)),
    [],
    'listed detectors without a file of their name',
  )
})

t.test(
  'each says in the catalogue what it is, what to do, what it does not see, and when it fires',
  async (t) => {
    const text = readFileSync(DETECTION, 'utf8')
    const common = Object.keys(detectorsConfig.parse({ rules: { any: {} } }).rules.any ?? {})
    for (const entry of detectorCatalog()) {
      const { name, title, severity, technique, runbook, blindSpots, examples, options } = entry
      t.match(name, /^[a-z]+(-[a-z]+)*$/, `${name}: a name in small letters`)
      t.match(title, /^[A-Z].*[^.]$/, `${name}: a title as a sentence without its point`)
      t.ok(SEVERITIES.includes(severity), `${name}: a severity`)
      t.ok(
        technique.length > 0 && technique.every((id) => /^T\d{4}(\.\d{3})?$/.test(id)),
        `${name}: technique ids`,
      )
      t.ok(runbook.length > 0 && runbook.every((step) => step.length > 10), `${name}: a runbook`)
      t.ok(blindSpots.length > 0 && blindSpots.every((spot) => spot.length > 10), `${name}: blind spots`)
      t.ok(
        examples.some(({ fires }) => fires) && examples.some(({ fires }) => !fires),
        `${name}: examples that fire and that do not`,
      )
      const properties = Object.entries(options.properties ?? {})
      for (const option of common)
        t.ok(
          properties.some(([each]) => each === option),
          `${name}: the common option ${option} (…commonOptions)`,
        )
      for (const [option, schema] of properties)
        t.match(schema, { title: /\S/, description: /\S/ }, `${name}: option ${option} is described (field)`)
      t.ok(text.includes(name), `${name}: has its line in docs/detection.md`)
    }
  },
)
