import t from 'tap'
import { diff } from '../../../gateway/policy/holder/diff.ts'
import { published } from '../../../gateway/policy/published.ts'
import fc from '../../support/properties.ts'
import { configOf, MLFLOW } from './given.ts'

t.test('a diff names leaves by path, and members of lists by their name', async (t) => {
  const rules = (...names: string[]) => names.map((name) => ({ name, effect: 'block' }))
  t.same(diff({ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3, d: null } }), [
    { path: 'a.c', from: '2', to: '3' },
    { path: 'a.d', to: 'null' },
  ])
  t.same(diff({ rules: rules('x', 'y') }, { rules: [{ name: 'y', effect: 'allow' }] }), [
    { path: 'rules[x]', from: '{"name":"x","effect":"block"}' },
    { path: 'rules[y].effect', from: '"block"', to: '"allow"' },
  ])
  t.same(diff({ roles: ['a'] }, { roles: ['a', 'b'] }), [{ path: 'roles', from: '["a"]', to: '["a","b"]' }])
})

t.test('a diff never shows what looks like a secret, and still says that it changed', async (t) => {
  const secret = (n: number) => `q${n}${'Zx9'.repeat(10)}`
  const found = diff(
    { tls: { password: 'old' }, list: [{ name: 'a', note: secret(1) }], token: 'a' },
    {
      tls: { password: 'new' },
      list: [
        { name: 'a', note: secret(2) },
        { name: 'b', note: secret(3) },
      ],
      token: 'a',
    },
  )
  t.same(
    found.map((c) => c.path),
    ['tls.password', 'list[a].note', 'list[b]'],
  )
  const text = JSON.stringify(found)
  for (const word of ['old', 'new', 'Zx9']) t.notMatch(text, word)
})

t.test('credentials for backends are in neither hash nor diff', async (t) => {
  const of = (headers: object, backend: string) =>
    published(configOf({ connections: [{ ...MLFLOW, headers, backend }] }))
  const a = of({ authorization: 'Bearer one' }, 'http://me:one@store.test')
  const b = of({ authorization: 'Bearer two' }, 'http://me:two@store.test')
  t.same(a, b)
  t.match(diff(a, of({}, 'http://store.test')), [{ path: 'connections[mlflow].headers' }])
})

t.test('a diff is empty exactly for equal values', async (t) => {
  const same = fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
    const equal = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
    return (diff(a, b).length === 0) === equal && diff(a, structuredClone(a)).length === 0
  })
  t.doesNotThrow(() => fc.assert(same))
})

/** Keys in one order; -0 as JSON prints it. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  )
}
