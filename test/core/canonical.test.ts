import t from 'tap'
import { canonical } from '../../core/canonical.ts'
import fc from '../support/properties.ts'

/** RFC 8785 in the shortest words: what the engine prints, its keys sorted. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => plain(item ?? null)).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${plain(member)}`).join()}}`
}

t.test('canonical JSON is what the engine prints, in key order', async () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => canonical(value) === plain(value)))
  const keys = fc.constantFrom(
    '10',
    '9',
    'b',
    'a"',
    '__proto__',
    '-1',
    'é',
    '\u{1f600}',
    'constructor',
    '\ud800',
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(keys, fc.jsonValue())), (entries) => {
      const value = Object.fromEntries(entries)
      return canonical([value]) === plain([value])
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => canonical(text) === plain(text)),
  )
})

t.test('members that are undefined are left out, items are null', async (t) => {
  t.equal(canonical({ b: undefined, a: [undefined, 1] }), '{"a":[null,1]}')
})

t.test('what JSON cannot hold is refused', async (t) => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, () => undefined])
    t.throws(() => canonical([value]), TypeError)
})
