import t from 'tap'
import type { EventDraft } from '../../core/event.ts'
import { createEngine, detectorsConfig, type Finding, shippedDetectors } from '../../detectors/port.ts'
import { act, reads, workdays } from '../../detectors/rules/examples.ts'
import { isQuiet, quietHours } from '../../detectors/tuning/quiet.ts'
import { chained } from './support.ts'

const as = (roles: string[], drafts: Iterable<EventDraft>): EventDraft[] =>
  [...drafts].map((draft) => ({ ...draft, user: { ...draft.user, roles } }))

/** Weeks of a dozen a day, then a spike; what is told, and what is found in shadow. */
function run(options: object, roles: string[] = ['analyst'], last: Iterable<EventDraft> = reads(25, 423)) {
  const config = detectorsConfig.parse({
    rules: Object.fromEntries(shippedDetectors.map(({ name }) => [name, { enabled: false }])),
  })
  const rules = detectorsConfig.parse({
    rules: { 'volume-spike': options, canary: 'quiet' in options ? options : {} },
  }).rules
  const shadow: Finding[] = []
  const engine = createEngine({
    config: { ...config, rules: { ...config.rules, ...rules } },
    detectors: shippedDetectors,
    shadow: (finding) => shadow.push(finding),
  })
  const events = chained(as(roles, [...workdays(25, (day) => reads(day, 12)), ...last]))
  const told = events.flatMap((event) => engine.push(event))
  return { told: [...told, ...engine.finish()], shadow }
}

t.test('options of a role and of a user hold for them alone, the user’s over the role’s', async (t) => {
  t.ok(run({}).told.length > 0, 'the spike alerts')
  const roles = { backfill: { minimum: 1000 } }
  t.same(run({ roles }, ['analyst', 'backfill']).told, [])
  t.ok(run({ roles }).told.length > 0, 'for others it does')
  t.ok(run({ roles, users: { u1: { minimum: 100 } } }, ['backfill']).told.length > 0)
  t.same(run({ users: { u1: { enabled: false } } }).told, [])
  const [graver] = run({ users: { u1: { severity: 'low' } } }).told
  t.not(graver!.config, run({}).told[0]!.config, 'the finding carries the options that held')
})

t.test('a detector in shadow records what it would have told', async (t) => {
  const { told, shadow } = run({ roles: { analyst: { shadow: true } } })
  t.same(told, [])
  t.match(shadow[0], { detector: 'volume-spike', notice: { to: 'shadow' } })
})

t.test('an allow-list takes events out, as far as its conditions hold', async (t) => {
  t.same(run({ allow: ['event.collection == "default" && "analyst" in user.roles'] }).told, [])
  t.ok(run({ allow: ['event.collection == "benchmarks"', 'event.fields[7] == "x"'] }).told.length > 0)
})

t.test('what is found in quiet hours waits for the digest; a fact does not', async (t) => {
  const quiet = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'] }]
  const spike = run({ quiet }).told
  t.ok(spike.length > 0)
  t.ok(spike.every(({ notice }) => notice?.to === 'digest'))
  const canary = run({ quiet }, ['analyst'], act(25, 'canary-read', 1)).told
  t.match(canary[0], { detector: 'canary', certain: true, notice: undefined })
})

t.test('quiet hours follow the user’s zone, and go over midnight', async (t) => {
  const night = [quietHours.parse({ days: ['fri'], from: '22:00', to: '06:00' })]
  const at = (time: string) => Date.parse(`2026-11-${time}:00Z`)
  t.ok(isQuiet(night, at('20T21:30'), 'Europe/Berlin'))
  t.notOk(isQuiet(night, at('20T21:30'), 'UTC'))
  t.ok(isQuiet(night, at('21T04:59'), 'Europe/Berlin'), 'Saturday morning belongs to Friday’s night')
  t.notOk(isQuiet(night, at('21T05:00'), 'Europe/Berlin'))
  t.notOk(isQuiet(night, at('19T23:00'), 'UTC'))
})

t.test('judging days only, a detector has no hours', async (t) => {
  const windows = run({ windows: ['day'] }).told.map(
    ({ window }) => Date.parse(window.to) - Date.parse(window.from),
  )
  t.ok(windows.length > 0)
  t.ok(windows.every((length) => length === 86_400_000))
})
