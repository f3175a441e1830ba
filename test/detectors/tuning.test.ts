import t from 'tap'
import type { EventDraft } from '../../core/event.ts'
import { createEngine, detectorsConfig, type Finding, shippedDetectors } from '../../detectors/port.ts'
import { act, reads, workdays } from '../../detectors/rules/examples.ts'
import { isQuiet, quietHours } from '../../detectors/tuning/quiet.ts'
import { chained } from './support.ts'

const as = (roles: string[], drafts: Iterable<EventDraft>): EventDraft[] =>
  [...drafts].map((draft) => ({ ...draft, user: { ...draft.user, roles } }))

/** Weeks of a dozen a day, then a spike; what is told, and what is found in shadow. */
function run(
  options: object,
  roles: string[] = ['analyst'],
  last: Iterable<EventDraft> = reads(25, 423),
  forgives = (_user: string, _detector: string) => false,
) {
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
    forgives,
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

t.test(
  'a verdict lets a detector learn what it alerted on, of that user and by that detector alone',
  async (t) => {
    const climb = [...reads(25, 160), ...reads(26, 180), ...reads(27, 600)]
    const usual = (whom: string, of: string) => {
      const { told } = run(
        { windows: ['day'] },
        ['analyst'],
        climb,
        (user, name) => user === whom && name === of,
      )
      const last = told.filter(({ window }) => window.from.startsWith('2026-02-11')).at(-1)
      return last?.evidence.expected ?? 0
    }
    const strict = usual('nobody', 'volume-spike')
    t.ok(strict > 8 && strict < 16, `${strict}: days that alerted teach nothing`)
    t.equal(usual('u1', 'salami'), strict)
    t.ok(
      usual('u1', 'volume-spike') > strict * 1.25,
      `${usual('u1', 'volume-spike')}: what is known becomes usual`,
    )
  },
)

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
