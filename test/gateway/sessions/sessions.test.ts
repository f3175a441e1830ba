import t, { type Test } from 'tap'
import { openSpool, spoolConfig } from '../../../collector/port.ts'
import type { SessionEvent } from '../../../core/event.ts'
import { createLogger } from '../../../core/log.ts'
import { systemRandom as random } from '../../../core/random.ts'
import { openMasterKey } from '../../../core/secrets.ts'
import { createSessions, type Identity } from '../../../gateway/port.ts'

const identity = (user: string, credential = 'tok_1'): Identity => ({
  person: { id: `local#${user}`, user, roles: ['ml-engineer'], kind: 'human' },
  credential: { id: credential, kind: 'token', expires: 9e15, authenticated: 0 },
})

async function tracker(t: Test) {
  let now = Date.parse('2026-11-20T09:00:00Z')
  const clock = { now: () => now, monotonic: () => now }
  const log = createLogger('silent', { write: () => {} })
  let close = async () => {}
  t.teardown(() => close())
  const directory = t.testdir()
  const master = openMasterKey(`${directory}/keys`)
  const deps = { directory: `${directory}/spool`, gateway: 'gateway-1', master, clock, random, log }
  const spool = await openSpool(spoolConfig.parse({}), deps)
  close = () => spool.close()
  const events: SessionEvent[] = []
  let full = false
  const counts: number[] = []
  const sessions = createSessions({
    spool: Object.create(spool, {
      append: {
        value: async (drafts: Parameters<typeof spool.append>[0]) => {
          if (full) throw new Error('full')
          const written = await spool.append(drafts)
          events.push(...written.map(({ event }) => event))
          return written
        },
      },
    }),
    recorder: () => undefined,
    clock,
    random,
    log,
    idle: () => 60_000,
    maxRecording: () => 1e9,
    count: (_name, by) => void counts.push(by),
  })
  const enter = (user: string, change: Partial<Parameters<typeof sessions.enter>[0]> = {}) =>
    Promise.resolve(
      sessions.enter({
        identity: identity(user),
        connection: 'mlflow',
        protocol: 'http',
        source: '10.0.0.7',
        userAgent: 'python',
        ...change,
      }),
    )
  const ends = () => events.filter((e) => e.event.action === 'session-end').map((e) => e.tracewarden.session)
  return {
    sessions,
    enter,
    events,
    ends,
    counts,
    fill: (value: boolean) => {
      full = value
    },
    async pass(ms: number) {
      now += ms
      await sessions.sweep()
    },
  }
}

t.test('one session per person, credential, client and connection', async (t) => {
  const { enter, events, sessions } = await tracker(t)
  const [a, b] = await Promise.all([enter('ann'), enter('ann')])
  t.equal(a, b, 'requests at once share one')
  t.equal(await enter('ann'), a)
  const others = await Promise.all([
    enter('bob'),
    enter('ann', { identity: identity('ann', 'tok_2') }),
    enter('ann', { identity: { ...identity('ann'), actor: 'agent' } }),
    enter('ann', { source: '10.0.0.8' }),
    enter('ann', { userAgent: 'curl' }),
    enter('ann', { connection: 'phoenix' }),
  ])
  t.equal(new Set([a, ...others]).size, 7)
  t.equal(sessions.active().length, 7)
  t.equal(events.length, 7, 'each start is on disk')
  t.match(events[0], { event: { action: 'session-start' }, user: { id: 'ann' }, source: { ip: '10.0.0.7' } })
})

t.test(
  'idle: after the last request has ended, with totals and the time since a sensitive field',
  async (t) => {
    const { sessions, enter, ends, events, pass, counts } = await tracker(t)
    const session = await enter('ann')
    await pass(600_000)
    t.equal(ends().length, 0, 'a long download is not idle')
    session.totals.requests = 2
    session.totals.traces = 3
    session.totals.bytes = 4
    session.sensitiveAt = Date.parse('2026-11-20T09:10:00Z')
    sessions.leave(session)
    await pass(59_999)
    t.equal(ends().length, 0)
    await pass(1)
    t.match(ends(), [
      { id: session.id, end: 'idle', requests: 2, traces: 3, bytes: 4, started: '2026-11-20T09:00:00.000Z' },
    ])
    t.equal(events.at(-1)?.tracewarden.since_sensitive_ms, 60_000)
    t.not(await enter('ann'), session, 'the next request begins a new one')
    t.strictSame(counts, [1, -1, 1])
  },
)

t.test(
  'abort: an answer was cut and nothing followed, or the connection broke and nothing followed',
  async (t) => {
    const { sessions, enter, ends, pass } = await tracker(t)
    const left = async (user: string, cut: boolean) => {
      const session = await enter(user)
      sessions.broken(session, cut)
      sessions.leave(session)
      return session
    }
    await left('page-left', true)
    await left('script-killed', true)
    await left('line-lost', false)
    await pass(1_000)
    sessions.leave(await enter('page-left'))
    await pass(1_000)
    t.match(ends(), [{ end: 'abort' }])
    t.equal(ends().length, 1, 'who went on to the next page did not vanish')
    await pass(60_000)
    t.strictSame(
      ends()
        .map((s) => s.end)
        .sort(),
      ['abort', 'abort', 'idle'],
    )
  },
)

t.test('killed, signed out, and drained', async (t) => {
  const { sessions, enter, ends } = await tracker(t)
  await enter('ann')
  await enter('ann', { connection: 'phoenix' })
  await enter('bob')
  await sessions.endUser('ann', 'killed', 'suspended')
  t.strictSame(
    ends().map((s) => s.end),
    ['killed', 'killed'],
  )
  await sessions.close()
  t.equal(ends().length, 3)
  t.equal(sessions.active().length, 0)
})

t.test('no start on disk, no session; and the next request tries again', async (t) => {
  const { sessions, enter, fill } = await tracker(t)
  fill(true)
  await t.rejects(enter('ann'))
  t.equal(sessions.active().length, 0)
  fill(false)
  t.ok(await enter('ann'))
})
