import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { Report } from './report.ts'
import type { Store } from './stores.ts'
import type { Expected } from './traces.ts'

/** The stores' own pages in a browser, through the door: after sign-in a list of traces and one trace. */
interface Visit {
  store: Store
  door: string
  token: string
  expected: Expected
  /** Pages are kept here as pictures. */
  pictures: string
}

const PATIENCE = 45_000
const LISTED = '[hidden: listing]'

export async function checkMlflowPages(report: Report, browser: Browser, visit: Visit): Promise<void> {
  const { store, door } = visit
  const { telling } = visit.expected
  const page = await signedIn(report, 'mlflow', browser, visit)
  const list = `${door}/#/experiments/${store.collection}/traces?startTimeLabel=ALL`
  await page.goto(list)
  await shows(report, page, 'mlflow: the list of traces', [LISTED], visit, 'mlflow-list')
  await page.goto('about:blank')
  await page.goto(`${list}&selectedEvaluationId=${store.ids[telling.index]}`)
  await shows(report, page, 'mlflow: the page of a trace', [telling.words], visit, 'mlflow-trace')
  await page.context().close()
}

export async function checkPhoenixPages(report: Report, browser: Browser, visit: Visit): Promise<void> {
  const { store, door } = visit
  const { telling } = visit.expected
  const page = await signedIn(report, 'phoenix', browser, visit)
  await page.goto(`${door}/projects`)
  await page.getByText(store.collection, { exact: true }).first().click({ timeout: PATIENCE })
  await page.waitForURL(/\/projects\/[^/?]+\//, { timeout: PATIENCE })
  const base = /^.*\/projects\/[^/?]+/.exec(page.url())?.[0] ?? ''
  await page.goto(`${base}/traces`)
  await shows(report, page, 'phoenix: the list of traces', [LISTED], visit, 'phoenix-list')
  await page.goto(`${base}/traces/${store.ids[telling.index]}`)
  await shows(report, page, 'phoenix: the page of a trace', [telling.words], visit, 'phoenix-trace')
  await page.context().close()
}

async function signedIn(
  report: Report,
  name: string,
  browser: Browser,
  { door, token, pictures }: Visit,
): Promise<Page> {
  mkdirSync(pictures, { recursive: true })
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
  const page = await context.newPage()
  await page.goto(`${door}/`)
  await page.locator('[name=token]').fill(token)
  await Promise.all([
    page.waitForURL((url) => !url.pathname.includes('login')),
    page.locator('button').first().click(),
  ])
  report.check(`${name}: a browser signs in with a token`, !page.url().includes('login'), page.url())
  return page
}

async function shows(
  report: Report,
  page: Page,
  what: string,
  texts: readonly (RegExp | string)[],
  { expected: { planted }, pictures }: Visit,
  picture: string,
): Promise<void> {
  const seen = await Promise.all(
    texts.map((text) =>
      page
        .getByText(text)
        .first()
        .waitFor({ state: 'visible', timeout: PATIENCE })
        .then(
          () => true,
          () => false,
        ),
    ),
  )
  await page.screenshot({ path: join(pictures, `${picture}.png`) })
  const dom = await page.content()
  report.check(`${what} works through the door`, seen.every(Boolean), `see ${picture}.png`)
  const leaked = planted.filter((secret) => dom.includes(secret))
  report.check(`${what} shows nothing planted`, leaked.length === 0, leaked.join())
}
