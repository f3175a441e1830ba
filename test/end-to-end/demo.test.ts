import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Alert } from '../../alerts/port.ts'
import { sampleTraces } from '../../fixtures/port.ts'
import { findChromium, HOW, launchChromium } from '../support/chromium.ts'
import { eventually, run, says, startProgram } from '../support/program.ts'

/** The first minute of a new user, from the ready line to the drained end: everything real, in one process. */
const KINDS = ['masking-bypass', 'volume-spike', 'historical-reads', 'approval-storm', 'abrupt-end'] as const

t.setTimeout(600_000)
t.test('the demo: an insider is found, explained, shown and recorded', { timeout: 590_000 }, async (t) => {
  const data = t.testdir()
  const daemon = await startProgram([
    'demo',
    '--data',
    data,
    '--console',
    '127.0.0.1:0',
    '--door',
    '127.0.0.1:0',
  ])
  t.teardown(() => daemon.child.kill('SIGKILL'))
  const config = join(data, 'tracewarden.yaml')
  const token = async (as: string) => (await says(daemon, new RegExp(`as ${as}\\s+(tw_\\S+)`)))[1] ?? ''
  const analyst = await token('the analyst')
  const api = async <T>(path: string, as = analyst): Promise<T> => {
    const answer = await fetch(`${daemon.console}/api/v1${path}`, {
      headers: { authorization: `Bearer ${as}` },
    })
    return (await answer.json()) as T
  }

  const alerts = await eventually(
    async () => {
      const found = (await api<{ alerts: Alert[] }>('/alerts?user=k.marlow&limit=200')).alerts
      return KINDS.every((kind) => found.some((alert) => alert.detector === kind)) ? found : undefined
    },
    () => `alerts of all kinds about the insider; so far:\n${daemon.story()}`,
    300_000,
  )

  await t.test('every alert explains itself in numbers', async (t) => {
    for (const alert of alerts) {
      t.match(alert.summary, /\d/, alert.summary)
      t.ok(
        alert.evidence.events.length > 0 && alert.evidence.sessions.length > 0,
        `${alert.detector} has evidence`,
      )
      t.match(alert.threat.technique.id[0], /^T\d{4}/)
    }
    const others = (await api<{ alerts: Alert[] }>('/alerts?limit=200')).alerts.filter(
      (alert) => alert.user?.id !== 'k.marlow',
    )
    t.strictSame(
      others.map(({ detector, user, summary }) => ({ detector, user, summary })),
      [],
      'nobody else is accused',
    )
  })

  await t.test('nothing that was planted is in what was recorded, told or stored', async (t) => {
    const { planted } = sampleTraces(1200, Date.now())
    const sessions = (await api<{ sessions: { session: string }[] }>('/sessions?user=k.marlow')).sessions
    t.ok(sessions.length > 0)
    for (const { session } of sessions.slice(0, 2)) {
      const replayed = await run(
        ['replay', session, '--config', config, '--as', 's.oduya', '--reason', 'the test looks'],
        env(data),
      )
      t.equal(replayed.code, 0, replayed.err)
      t.strictSame(
        planted.filter((secret) => replayed.out.includes(secret)),
        [],
        'no secret in the recording',
      )
    }
    const events = JSON.stringify(await api('/events?user=k.marlow&limit=500'))
    t.strictSame(
      planted.filter((secret) => events.includes(secret) || daemon.story().includes(secret)),
      [],
    )
  })

  await t.test(
    'a wrong edit of the config is refused loudly, a right one is live and recorded',
    async (t) => {
      const good = readFileSync(config, 'utf8')
      writeFileSync(config, good.replace('window_block: 400', 'window_block: many'))
      await says(daemon, /CONFIG REFUSED/)
      t.ok(await says(daemon, /policy\.limits\.window_block/))
      writeFileSync(config, good.replace('window_block: 400', 'window_block: 399'))
      const change = await eventually(async () => {
        const { events } = await api<{ events: { event: { reason?: string } }[] }>(
          '/events?action=policy-change&limit=1',
        )
        return JSON.stringify(events).includes('window_block') ? events[0] : undefined
      }, 'the policy-change event')
      t.ok(change)
    },
  )

  await t.test('the pages in a browser', async (t) => {
    const path = findChromium(false)
    if (!path) {
      t.comment(`NOT RUN pages of the console: ${HOW}`)
      return
    }
    const browser = await launchChromium(path)
    t.teardown(() => browser.close())
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    page.setDefaultTimeout(180_000)
    const shot = async (name: string) => {
      if (process.env.SCREENSHOTS)
        await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true })
    }
    const broken: string[] = []
    page.on('console', (line) => line.type() === 'error' && broken.push(line.text()))
    await page.goto(`${daemon.console}/`)
    await shot('sign-in')
    await page.fill('input[name=token]', analyst)
    await page.click('button.main')
    await page.waitForSelector('table')
    t.match(await page.textContent('main'), /k\.marlow/)
    await shot('alerts')
    await page.click('td a')
    await page.waitForSelector('h1')
    await shot('alert')
    await page.fill('form[action$="/close"] textarea', 'seen in the test')
    await page.click('form[action$="/close"] button')
    await page.waitForSelector('text=Closed as')
    t.match(await page.textContent('main'), /true-positive/)
    await page.goto(`${daemon.console}/sessions?user=k.marlow`)
    await shot('sessions')
    await page.click('td a')
    await page.waitForSelector('text=Events')
    await shot('session')
    await page.fill('input[name=reason]', 'the test looks')
    await page.click('text=Open the recording')
    await page.waitForSelector('pre')
    t.ok((await page.locator('mark').count()) > 0, 'placeholders stand out')
    await shot('replay')
    await page.goto(`${daemon.console}/approvals`)
    await shot('approvals')
    await page.goto(`${daemon.console}/health`)
    t.match(await page.textContent('main'), /ready/)
    await shot('health')
    t.strictSame(broken, [], 'no errors in the browser')
  })

  await t.test('the audit chain is whole, before and after the end', async (t) => {
    const before = await run(['verify', '--config', config], env(data))
    t.equal(before.code, 0, before.err)
    t.equal(await daemon.stop(), 0, 'SIGTERM drains and exits 0')
    const after = await run(['verify', '--config', config], env(data))
    t.equal(after.code, 0, after.err)
  })
})

/** The demo's config names these; a command beside it needs them too. */
const env = (data: string): Record<string, string> => ({
  TRACEWARDEN_DEMO_DATA: data,
  TRACEWARDEN_DEMO_CONSOLE: '127.0.0.1:0',
  TRACEWARDEN_DEMO_DOOR: '127.0.0.1:0',
  TRACEWARDEN_DEMO_STORE: 'http://127.0.0.1:9',
})
