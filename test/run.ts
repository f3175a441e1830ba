/**
 * `npm test`: prepares what the tests need where it can be had, runs them, and says plainly at the end what passed, what
 * failed and which part was NOT RUN. With CI=true a part not run is a failure.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { findChromium } from './support/chromium.ts'
import { launchElasticsearch } from './support/elasticsearch.ts'
import { preparePostgres } from './support/postgres-user.ts'
import { prepareS3 } from './support/s3.ts'

findChromium(true)

// One for all files: each starts one of its own where it runs alone. Those that need it wait until it is ready.
const whole = process.argv.length === 2
if (whole) {
  prepareS3()
  preparePostgres()
}
const elasticsearch = whole && !process.env.ELASTICSEARCH_URL ? await launchElasticsearch() : undefined
elasticsearch?.ready.catch((error: unknown) => process.stdout.write(`${String(error)}\n`))
/** Many files wait for programs and timers now and then: one more than there are processors keeps these busy. */
const jobs = `--jobs=${availableParallelism() + 1}`

const notRun = new Set<string>()
let passed = 0
let failed = 0
/** A failure's diagnostics run from its `not ok` line to the line `...`. */
let diagnostics = false

const tap = spawn('npx', ['--no-install', 'tap', '--reporter', 'tap', jobs, ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, ...(elasticsearch && { ELASTICSEARCH_URL: elasticsearch.url }) },
})
for await (const line of createInterface({ input: tap.stdout })) {
  const missing = /NOT RUN .*/.exec(line)?.[0]
  if (missing) notRun.add(missing)
  const result = /^(\s*)(not ok|ok) \d+(?! - .*# (?:SKIP|TODO))/.exec(line)
  if (result?.[2] === 'ok') passed++
  else if (result) failed++
  if (result?.[2] === 'not ok') diagnostics = true
  if (diagnostics || result?.[1] === '') process.stdout.write(`${line}\n`)
  if (/^\s*\.\.\.$/.test(line)) diagnostics = false
}
const code =
  tap.exitCode ?? (await new Promise<number>((done) => tap.on('close', (status) => done(status ?? 1))))
await elasticsearch?.stop()

for (const line of notRun) process.stdout.write(`${line}\n`)
process.stdout.write(`${passed} passed, ${failed} failed, ${notRun.size} skipped\n`)
process.exitCode = code !== 0 || failed > 0 || (process.env.CI === 'true' && notRun.size > 0) ? 1 : 0
