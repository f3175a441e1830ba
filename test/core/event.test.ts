import fc from 'fast-check'
import t from 'tap'
import { acceptsOf } from '../../core/accepts.ts'
import { parseEvent, sessionEvent } from '../../core/event.ts'

const whole = {
  '@timestamp': '2026-11-20T09:14:03.120Z',
  event: {
    id: 'e1',
    category: ['database'],
    action: 'trace-read',
    outcome: 'success',
    duration: 12500000,
    sequence: 4,
  },
  user: { id: 'u1', roles: ['ml-engineer'], group: { name: 'search' } },
  source: { ip: '10.0.0.7' },
  tracewarden: {
    person: { kind: 'human', timezone: 'Europe/Berlin' },
    session: { id: 's1', end: 'client' },
    connection: { name: 'phoenix', protocol: 'http' },
    traces: { count: 3, ids: ['a'], ids_truncated: false, oldest: '2026-11-18T00:00:00Z', age: { p50: 0.4 } },
    bytes: 8120,
    fields: { displayed: ['name'], sensitive: [] },
    since_sensitive_ms: 310.5,
    more: { kept: true },
  },
}

const odd = fc.oneof(
  fc.constantFrom(
    '',
    '2026-02-30T00:00:00.000Z',
    '2026-02-29T00:00:00.000Z',
    '2024-02-29T12:00:00.000Z',
    '2026-11-20T24:00:00.000Z',
  ),
  fc.constantFrom(
    '2026-11-20T09:14:03.120+01:00',
    'x'.repeat(32_767),
    'trace-read',
    'checkpoint',
    'success',
    'http',
  ),
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    0,
    -1,
    -0,
    1.5,
    2 ** 53,
    Number.NEGATIVE_INFINITY,
    [],
    ['a', 1],
    {},
    { id: 'x' },
  ),
  fc.constant(JSON.parse('{"__proto__": {"id": "x"}}')),
)

/** Every place in a value, as a path. */
const places = (value: unknown, at: string[] = []): string[][] =>
  typeof value === 'object' && value !== null
    ? [at, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...at, key]))]
    : [at]

const put = (value: unknown, [key, ...rest]: readonly string[], leaf: unknown): unknown => {
  if (key === undefined) return leaf
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...Object(value) }
  Object.assign(copy, { [key]: put(Reflect.get(copy, key), rest, leaf) })
  return copy
}

t.test('what is accepted at a glance is what the schema takes, as it stands', async (t) => {
  const accepts = acceptsOf(sessionEvent)
  t.ok(accepts(whole), 'an ordinary event is')
  fc.assert(
    fc.property(fc.constantFrom(...places(whole)), odd, (place, leaf) => {
      const value = put(whole, place, leaf)
      if (!accepts(value)) return
      const parsed = sessionEvent.safeParse(value)
      // A user may be missing only where nobody asked: that rule stands beside the shape.
      if (parsed.success) t.same(parsed.data, value)
      else
        t.same(
          parsed.error.issues.map(({ code, path }) => [code, path.join('.')]),
          [['custom', 'user.id']],
        )
    }),
    { seed: 5, numRuns: 2000 },
  )
})

t.test('a line is an event, or says which field is not as expected', async (t) => {
  const parse = (change: object) => parseEvent(JSON.stringify({ ...whole, ...change }))
  t.same(parse({}), { event: whole })
  t.same(parse({ user: { name: 'x' } }), {
    problem: 'user.id: required, except on auth-failure and events of the gateway itself',
  })
  t.match(parse({ event: { ...whole.event, action: 'auth-failure' }, user: undefined }), { event: {} })
  t.match(parse({ '@timestamp': 'yesterday' }), { problem: /^@timestamp: / })
  t.match(parse({ tracewarden: { ...whole.tracewarden, bytes: -1 } }), { problem: /^tracewarden\.bytes: / })
  t.same(parseEvent('{'), { problem: 'not JSON' })
})

t.test('an event that another program wrote in its own way is the same event', async (t) => {
  const parse = (change: object) => parseEvent(JSON.stringify({ ...whole, ...change }))
  const warden = whole.tracewarden
  const { source: _, ...unlocated } = whole
  t.same(parse({ source: null, tracewarden: { ...warden, rules: null, bypass: null } }), {
    event: unlocated,
  })
  t.same(
    parse({
      event: { ...whole.event, category: 'database', duration: 12500000.4 },
      user: { ...whole.user, roles: 'ml-engineer' },
    }),
    { event: whole },
    'one value is a list of one, a fraction of a nanosecond is none',
  )
  t.match(parse({ tracewarden: { ...warden, person: { kind: 'contractor', timezone: 'Asia/Tokyo' } } }), {
    event: { tracewarden: { person: { kind: undefined, timezone: 'Asia/Tokyo' } } },
  })
  t.match(parse({ event: { ...whole.event, action: 'trace-peek' } }), { problem: /^event\.action: / })
  t.match(parse({ event: { ...whole.event, duration: -0.5 } }), { problem: /^event\.duration: / })
})
