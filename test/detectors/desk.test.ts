import { join } from 'node:path'
import t from 'tap'
import { openStore } from '../../collector/port.ts'
import { iso, systemClock } from '../../core/clock.ts'
import { createLogger } from '../../core/log.ts'
import { openKeyRing } from '../../core/signing.ts'
import { createDesk } from '../../detectors/desk/desk.ts'
import { createFeedbackReader } from '../../detectors/feedback/feedback.ts'
import { createFeedback, detectorsConfig, type Finding, type Verdict } from '../../detectors/port.ts'
import { publish } from '../../detectors/runtime/publish.ts'

const log = createLogger('silent')
const NOW = Date.UTC(2026, 1, 12, 10)
const DAY = 86_400_000

const finding = (id: string, user: string, more: Partial<Finding> = {}): Finding => ({
  id,
  '@timestamp': iso(NOW),
  detector: 'volume-spike',
  user: { id: user },
  subject: { kind: 'person', id: user },
  incident: 'i',
  revision: 1,
  severity: 'medium',
  score: 5,
  p: 1e-5,
  config: 'sha256:0',
  window: { from: iso(NOW), to: iso(NOW + DAY) },
  summary: 'so many',
  evidence: { observed: 100, sessions: [], events: [] },
  threat: { technique: { id: ['T1213'] } },
  ...more,
})

async function house(directory: string, config: object = {}) {
  let now = NOW
  const clock = { now: () => now, monotonic: () => now }
  const store = await openStore({ kind: 'embedded' }, { dataDir: directory, log, clock: systemClock })
  const keyRing = openKeyRing(join(directory, 'keys'), 'detectors')
  const deps = { documents: store.documents, keyRing, clock, log }
  const feedback = createFeedbackReader(deps)
  const desk = () => createDesk(detectorsConfig.parse(config), { ...deps, feedback })
  const said = (verdict: Verdict['verdict'], about: Finding, ms = 7 * DAY) =>
    createFeedback(deps).put({
      ...{ detector: about.detector, subject: about.subject, alert: about.id, severity: about.severity },
      ...{ verdict, p: about.p, by: 'soc1', reason: 'known', created: iso(now), until: iso(now + ms) },
    })
  const tell = async (one: Finding) => {
    await feedback.refresh()
    const placed = await publish(store, desk(), one)
    return placed && (placed.notice?.by ?? 'alert')
  }
  const later = (ms: number) => {
    now += ms
  }
  return { store, said, tell, later }
}

t.test('a week’s budget goes to the graver and the more valuable first; the rest waits', async (t) => {
  const { store, said, tell, later } = await house(t.testdir(), {
    budget: 2,
    most: 2,
    assets: { 'safety-*': 3 },
  })
  t.equal(await tell(finding('a', 'ann')), 'alert')
  t.equal(await tell(finding('b', 'bob')), 'alert')
  t.equal(await tell(finding('c', 'cid')), 'budget')
  t.equal(await tell(finding('a2', 'ann', { detector: 'salami' })), 'alert', 'a person is one matter')
  t.equal(await tell(finding('d', 'dan', { severity: 'high' })), 'alert', 'a graver one goes first')
  const valuable = { ...finding('', '').evidence, collections: ['safety-evals'] }
  t.equal(await tell(finding('e', 'eve', { evidence: valuable })), 'alert')
  t.equal(
    await tell(finding('f', 'fay', { certain: true, severity: 'low' })),
    'alert',
    'a fact has no budget',
  )
  t.equal(await tell(finding('c', 'cid', { severity: 'high' })), 'budget', 'two as grave are told of')
  t.equal(await tell(finding('c', 'cid', { severity: 'critical' })), 'alert', 'risen, it is told')
  t.equal(await tell(finding('g', 'gus')), 'budget')
  for (const name of ['ann', 'bob', 'dan', 'eve', 'cid'])
    await said('true-positive', finding(name === 'cid' ? 'c' : name[0]!, name))
  later(3000)
  t.equal(await tell(finding('h', 'hal')), 'alert', 'what proved true was no false alert')
  later(8 * DAY)
  t.equal(await tell(finding('i', 'ivy')), 'alert', 'another week')
  await store.close()
})

t.test('a verdict keeps the like of it for the digest, until it ends or grows', async (t) => {
  const { store, said, tell, later } = await house(t.testdir(), { most: 100 })
  const seen = finding('a', 'ann')
  await said('benign', seen)
  t.equal(await tell(finding('b', 'ann')), 'verdict')
  t.equal(await tell(finding('c', 'bob')), 'alert', 'of others nothing was said')
  t.equal(await tell(finding('d', 'ann', { detector: 'salami' })), 'alert', 'nor of another detector')
  t.equal(await tell(finding('e', 'ann', { severity: 'high' })), 'alert', 'a rise in severity is told')
  t.equal(await tell(finding('f', 'ann', { p: 1e-7 })), 'alert', 'and what is much rarer')
  t.equal(await tell(finding('g', 'ann', { certain: true })), 'alert', 'and what is certain')
  t.equal(await tell(finding('b', 'ann', { severity: 'critical' })), 'alert', 'also of what waited')
  later(7 * DAY)
  t.equal(await tell(finding('h', 'ann')), 'alert', 'it has an end')
  await store.close()
})

t.test('a verdict that somebody wrote into the store keeps nothing quiet', async (t) => {
  const { store, said, tell, later } = await house(t.testdir(), { most: 100 })
  const real = await said('benign', finding('a', 'ann'), DAY)
  const stored = (await store.documents.get<{ body: Verdict }>('verdict', real.id))!
  const forged = { ...stored.body, body: { ...stored.body.body, until: iso(NOW + 90 * DAY) } }
  await store.documents.put('verdict', real.id, forged, { expect: 'any', at: iso(NOW) })
  later(3000)
  t.equal(await tell(finding('b', 'ann')), 'alert')
  await store.close()
})
