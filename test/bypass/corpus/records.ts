import type { Attack } from '../attack.ts'
import type { House } from '../house.ts'

/** What stays behind: literals in events, and orders forged straight in the store. */
const at = () => new Date().toISOString()
const grant = (house: House, user: string, ids: readonly string[]) => ({
  body: {
    grant: {
      id: 'grt_FORGED',
      approval: 'apr_FORGED',
      person: house.daemon.authority.identity.person(user)?.id ?? '',
      connection: 'traces',
      logical: 'hmac:any',
      traceIds: ids,
      maxTraces: 1000,
      fields: [],
      scope: 'time',
      expires: '2999-01-01T00:00:00.000Z',
    },
    created: at(),
    uses: 0,
    released: [],
  },
  signature: { key: 'gateway-1', value: 'AAAA' },
})

export const records: readonly Attack[] = [
  { rows: [35], name: 'a secret in the path', steps: (s) => [{ ask: { path: `/traces/${s.aws}` } }] },
  {
    rows: [35],
    name: 'a secret as a project',
    steps: (s) => [{ ask: { path: `/projects/${s.github}/traces` } }],
  },
  {
    rows: [35],
    name: 'a secret as a parameter’s name',
    steps: (s) => [{ ask: { path: `/projects?${s.aws}=1` } }],
  },
  {
    rows: [35],
    name: 'a secret as a parameter’s value',
    steps: (s) => [{ ask: { path: `/projects/code-agent/traces?q=${s.aws}` } }],
  },
  {
    rows: [35],
    name: 'a secret in the user agent',
    steps: (s) => [{ ask: { path: '/projects', headers: { 'user-agent': `cli ${s.aws}` } } }],
  },
  {
    rows: [35],
    name: 'a secret as a member of a body',
    steps: (s) => [
      {
        ask: {
          door: 'mlflow',
          path: '/api/3.0/mlflow/traces/search',
          body: { [s.aws]: 1, filter: "status = 'OK'" },
        },
      },
    ],
  },
  {
    rows: [35],
    name: 'a secret in a filter',
    steps: (s) => [
      {
        ask: {
          door: 'mlflow',
          path: '/api/3.0/mlflow/traces/search',
          body: { filter: `tags.${s.aws} = '${s.github}'` },
        },
      },
    ],
  },
  {
    rows: [35],
    name: 'a secret as a key in a condition',
    steps: (s) => [
      {
        ask: {
          door: 'phoenix',
          path: `/v1/projects/p/spans?filter=${encodeURIComponent(`metadata['${s.aws}'] == 1`)}`,
        },
      },
    ],
  },
  {
    rows: [35],
    name: 'a secret as the name of a query',
    steps: (s) => [
      { ask: { door: 'phoenix', path: '/graphql', body: { query: `query ${s.aws} { viewer { id } }` } } },
    ],
  },
  {
    rows: [35],
    name: 'a secret as an alias or a field',
    steps: (s) => [
      {
        ask: {
          door: 'phoenix',
          path: '/graphql',
          body: { query: `{ ${s.aws}: viewer { id } ${s.github} }` },
        },
      },
    ],
  },
  {
    rows: [35],
    name: 'a secret as an order',
    steps: (s) => [
      {
        ask: { door: 'mlflow', path: '/api/3.0/mlflow/traces/search', body: { order_by: [`${s.aws} DESC`] } },
      },
    ],
  },
  {
    rows: [35],
    name: 'a secret as an experiment',
    steps: (s) => [
      { ask: { door: 'mlflow', path: '/api/3.0/mlflow/traces/search', body: { experiment_ids: [s.aws] } } },
    ],
  },
  {
    rows: [35],
    name: 'a secret as a sort in a query',
    steps: (s) => [
      { ask: { door: 'phoenix', path: `/v1/projects/p/traces?sort=${s.aws}&order=${s.github}` } },
    ],
  },
  {
    rows: [35],
    name: 'a secret as a method',
    steps: (s) => [
      {
        raw: `${s.aws} / HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n`,
      },
    ],
  },
  {
    rows: [35],
    name: 'a secret as a trace’s id',
    plant: (s) => ({ trace: { trace_id: s.aws, created_at: '2026-11-20T00:00:00Z', text: 'x' } }),
  },
  {
    rows: [35],
    name: 'a secret as the ids that need an approval',
    plant: (s) => ({
      traces: [
        { trace_id: s.aws, text: 'x' },
        { trace_id: s.github, text: 'y' },
      ],
    }),
    steps: (s) => [{ ask: { path: `/traces?ids=${s.id}` } }],
  },
  {
    rows: [37],
    name: 'a grant written into the store',
    steps: [
      {
        act: async (house, me) => {
          const ids = house.traces.traces.slice(0, 2).map(({ trace_id }) => trace_id)
          await house.daemon.base.store.documents.put('grant', `grt_${me.user}`, grant(house, me.user, ids), {
            expect: 'any',
            keys: { state: 'live' },
            at: at(),
          })
          return [await house.ask({ path: `/traces?ids=${ids.join(',')}` }, me)]
        },
      },
    ],
  },
  {
    rows: [37],
    name: 'an approval marked as approved in the store',
    steps: [
      {
        act: async (house, me) => {
          const ask = {
            path: `/traces?ids=${house.traces.traces
              .slice(4, 6)
              .map(({ trace_id }) => trace_id)
              .join(',')}`,
          }
          await house.ask(ask, me)
          const { documents } = house.daemon.base.store
          const [first] = await house.waiting(me.user)
          const stored = await documents.get<{ body: object }>('approval', first!.id)
          const body = {
            ...stored?.body,
            body: { ...stored?.body.body, status: 'approved', grant: grant(house, me.user, []).body.grant },
          }
          await documents.put('approval', first!.id, body, {
            expect: 'any',
            keys: { ...stored?.keys, status: 'approved' },
            at: at(),
          })
          return [await house.ask(ask, me)]
        },
      },
    ],
  },
  {
    rows: [37],
    name: 'a suspension lifted in the store',
    steps: [
      {
        act: async (house, me) => {
          const { identity } = house.daemon.authority
          const { documents } = house.daemon.base.store
          await identity.suspend(me.user, 'auditor', 'the corpus')
          const { documents: all } = await documents.list<{ body: { user: string } }>('suspension', {
            limit: 100,
          })
          for (const { id, body, keys } of all)
            if (body.body.user === me.user)
              await documents.put(
                'suspension',
                id,
                { ...body, body: { ...body.body, suspended: false, revision: 99 } },
                { expect: 'any', keys, at: at() },
              )
          await identity.refresh()
          const altered = await house.ask({ path: '/projects' }, me)
          for (const { id, body } of all)
            if (body.body.user === me.user) await documents.remove('suspension', id, 'any')
          await identity.refresh()
          return [altered, await house.ask({ path: '/projects' }, me)]
        },
      },
    ],
  },
  {
    rows: [37, 44],
    name: 'a policy version written into the store',
    steps: [
      {
        act: async (house, me) => {
          const { documents } = house.daemon.base.store
          const { documents: all } = await documents.list<object>('policy-version', { limit: 10 })
          const before = house.daemon.authority.policy.current().hash
          for (const { id, body, keys } of all)
            await documents.put('policy-version', `${id}-forged`, body, { expect: 'any', keys, at: at() })
          await house.daemon.authority.policy.refresh()
          if (house.daemon.authority.policy.current().hash !== before) throw new Error('it was taken')
          return [await house.ask({ path: '/projects/code-agent/export' }, me)]
        },
      },
    ],
  },
  {
    rows: [38],
    name: 'an event written first under its id',
    steps: [
      {
        refused: false,
        act: async (house, me) => {
          const answer = await house.ask({ path: '/projects' }, me)
          const { store, spool } = house.daemon.base
          while (spool.backlog().bytes > 0) await new Promise((done) => setTimeout(done, 10))
          const [event] = (await store.search({ user: me.user, limit: 1 })).events
          const [result] = await store.append([{ ...event!, user: { id: 'colleague' } }])
          if (result?.status !== 'tampered') throw new Error(`the store says ${result?.status}`)
          return [answer]
        },
      },
    ],
  },
]
