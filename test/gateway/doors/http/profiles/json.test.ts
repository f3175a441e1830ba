import t from 'tap'
import { httpConnection } from '../../../../../gateway/config/http-connection.ts'
import { jsonProfile } from '../../../../../gateway/doors/http/profiles/index.ts'
import { factsOf } from './kit.ts'

const { routes } = httpConnection.parse({
  name: 'store',
  profile: 'json',
  listen: '127.0.0.1:0',
  backend: 'http://127.0.0.1:1',
  routes: [
    {
      path: '/projects/:project/traces',
      action: 'search',
      collection: ':project',
      limit: '?limit',
      filters: ['?q'],
      paging: ['?cursor'],
      parameters: ['?locale'],
    },
    {
      path: '/search',
      method: 'POST',
      action: 'read',
      trace_id: '?ids',
      filters: ['?where'],
      paging: ['?page'],
    },
    { path: '/ingest', method: 'POST', action: 'write' },
    { path: '/app.js', action: 'asset' },
  ],
})
const store = jsonProfile(routes)
const PAGE = '/projects/p/traces'

t.test('what a route declares is read, and told', async (t) => {
  const facts = factsOf(store, 'GET', `${PAGE}?limit=5&cursor=abc&locale=de&q=x`)
  t.match(facts, { does: 'search', collection: 'p', requested: 5 })
  t.same(facts.predicates, [{ field: 'q', use: 'filter' }])
  t.notMatch(facts.shape, /abc|=/, 'no value in the shape')
})

t.test('a parameter that no route declares is refused, wherever it stands', async (t) => {
  for (const name of ['contains', 'Q', 'fields', 'format', 'offset', 'q[]', ''])
    t.throws(
      () => factsOf(store, 'GET', `${PAGE}?limit=5&${encodeURIComponent(name)}=x`),
      { code: 'TW_PROFILE_UNDECLARED', message: /does not know the parameter/ },
      name,
    )
  t.throws(() => factsOf(store, 'POST', '/search', { ids: ['a'], regex: '^A' }), {
    code: 'TW_PROFILE_UNDECLARED',
  })
  t.throws(() => factsOf(store, 'POST', '/search?regex=1', { ids: ['a'] }), { code: 'TW_PROFILE_UNDECLARED' })
})

t.test('pages and assets ask as they like, and so do writes', async (t) => {
  t.equal(factsOf(store, 'GET', '/app.js?v=17').does, 'asset')
  t.equal(factsOf(store, 'POST', '/ingest?wait=1', { trace: {} }).does, 'write')
})

t.test('all pages of a query are one matter, other queries are others', async (t) => {
  const logical = (query: string) => factsOf(store, 'GET', `${PAGE}?${query}`).logical
  t.equal(logical('limit=5&locale=de'), logical('limit=50&cursor=z&locale=de'))
  t.not(logical('q=a'), logical('q=b'))
  const posted = (body: object) => factsOf(store, 'POST', '/search', body).logical
  t.equal(posted({ ids: ['a'], page: 1 }), posted({ page: 2, ids: ['a'] }))
  t.not(posted({ ids: ['a'] }), posted({ ids: ['b'] }))
})
