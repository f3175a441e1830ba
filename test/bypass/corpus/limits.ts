import type { Answer, Ask, Attack, Step } from '../attack.ts'
import type { House, Player } from '../house.ts'

/** Many, at once, in pieces, under other names: what may be read without asking is 20 traces an hour here, 30 at most. */
const ALLOWED = 20
const read = (id: string, more: Partial<Ask> = {}): Ask => ({ path: `/traces/${id}`, ...more })
const ids = (house: House, count: number, from = 0) =>
  house.traces.traces.slice(from, from + count).map(({ trace_id }) => trace_id)
const ok = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 200)

/** Reads 45 traces by whatever way, and says how many came. */
const greedy = (ask: (house: House, me: Player) => Promise<readonly Answer[]>, allowed = ALLOWED): Step => ({
  refused: false,
  act: async (house, me) => {
    const answers = await ask(house, me)
    if (ok(answers).length > allowed)
      throw new Error(`${ok(answers).length} traces were read, ${allowed} are allowed`)
    if (ok(answers).length === 0) throw new Error('nothing was read at all')
    return [...answers]
  },
})
const inTurn = async (house: House, me: Player, asks: readonly Ask[]) => {
  const answers: Answer[] = []
  for (const ask of asks) answers.push(await house.ask(ask, me))
  return answers
}
const together = (house: House, me: Player, asks: readonly Ask[]) =>
  Promise.all(asks.map((ask) => house.ask(ask, me)))

const secondToken = async (house: House, { user }: Player): Promise<Player> => {
  const { secret } = await house.daemon.authority.identity.createToken({ user, ttl: 60_000, by: user })
  return { user, token: secret }
}

const huge = (records: number) => (s: { id: string; mark: string; aws: string }) => ({
  trace: { trace_id: s.id, created_at: '2026-11-20T00:00:00Z', note: s.mark },
  traces: Array.from({ length: records }, (_, i) => ({ thought: `step ${i}` })),
})

export const limits: readonly Attack[] = [
  {
    rows: [27],
    name: 'one after the other',
    steps: [
      greedy((house, me) =>
        inTurn(
          house,
          me,
          ids(house, 45).map((id) => read(id)),
        ),
      ),
    ],
  },
  {
    rows: [27, 42],
    name: 'all at once',
    steps: [
      greedy((house, me) =>
        together(
          house,
          me,
          ids(house, 45).map((id) => read(id)),
        ),
      ),
    ],
  },
  {
    rows: [27, 42],
    name: 'over two connections at once',
    steps: [
      greedy((house, me) =>
        together(
          house,
          me,
          ids(house, 45).map((id, i) => read(id, { door: i % 2 ? 'mirror' : 'traces' })),
        ),
      ),
    ],
  },
  {
    rows: [27, 41],
    name: 'with two tokens and other clients',
    steps: [
      greedy(async (house, me) => {
        const other = await secondToken(house, me)
        return Promise.all(
          ids(house, 45).map((id, i) =>
            house.ask(read(id, { headers: { 'user-agent': `client-${i}` } }), i % 2 ? me : other),
          ),
        )
      }),
    ],
  },
  {
    rows: [27, 41],
    name: 'with the service account one owns',
    steps: [
      greedy(async (house) => {
        const [owner, robot] = [await house.player('owner'), await house.player('robot')]
        return Promise.all(ids(house, 45).map((id, i) => house.ask(read(id), i % 2 ? owner : robot)))
      }),
    ],
  },
  {
    rows: [27],
    name: 'in pairs, each of which would need an approval',
    steps: [
      {
        act: (house, me) =>
          together(
            house,
            me,
            ids(house, 40).map((id, i) => ({ path: `/traces?ids=${id},${ids(house, 40, 40)[i]}` })),
          ),
      },
    ],
  },
  {
    rows: [27],
    name: 'ids twice over',
    steps: [
      {
        refused: false,
        act: async (house, me) =>
          inTurn(house, me, [{ path: `/traces?ids=${ids(house, 1)}&ids=${ids(house, 1, 1)}` }]),
      },
    ],
  },
  {
    rows: [27],
    name: 'ids encoded',
    steps: [
      {
        act: async (house, me) =>
          inTurn(house, me, [{ path: `/traces?ids=${ids(house, 1)}%2c${ids(house, 1, 1)}` }]),
      },
    ],
  },
  {
    rows: [27],
    name: 'thousands in a request',
    steps: [
      { act: async (house, me) => inTurn(house, me, [{ path: `/traces?ids=${ids(house, 200).join(',')}` }]) },
    ],
  },
  {
    rows: [42],
    name: 'one trace with thousands of records',
    plant: (s) => ({
      traces: Array.from({ length: 4000 }, (_, i) => ({
        trace_id: s.id,
        created_at: '2026-11-20T00:00:00Z',
        thought: `${i} ${i % 999 === 0 ? s.mark : ''}`,
      })),
    }),
    steps: (s) => [{ ask: { path: `/traces?ids=${s.id}` }, expect: 'refused' }],
  },
  {
    rows: [42],
    name: 'one trace of many megabytes',
    plant: (s) => ({
      trace: {
        trace_id: s.id,
        created_at: '2026-11-20T00:00:00Z',
        reasoning: Array.from({ length: 300 }, () => ({ thought: 'words '.repeat(2000) })),
      },
    }),
    steps: (s) => [{ ask: read(s.id), expect: 'refused' }],
  },
  {
    rows: [42],
    name: 'many traces in the answer to one id',
    plant: (s) => ({
      traces: Array.from({ length: 30 }, (_, i) => ({
        trace_id: `${s.id}-${i}`,
        created_at: '2026-11-20T00:00:00Z',
        text: s.mark,
      })),
    }),
    steps: (s) => [{ ask: { path: `/traces?ids=${s.id}` }, expect: 'refused' }],
  },
  {
    rows: [42],
    name: 'traces without ids',
    plant: (s) => ({ traces: Array.from({ length: 200 }, () => ({ text: s.mark })) }),
    steps: (s) => [{ ask: { path: `/traces?ids=${s.id}` }, expect: 'refused' }],
  },
  {
    rows: [42],
    name: 'forged times',
    plant: (s) => ({
      trace: { trace_id: s.id, created_at: '2999-01-01T00:00:00Z', time: 'yesterday', text: s.mark },
    }),
  },
  {
    rows: [43],
    name: 'a poisoned trace in a list',
    plant: (s) =>
      `{"traces":[{"trace_id":"${s.id}","preview":"${s.mark}","x":{"a":1,"a":"${s.aws}"}},{"trace_id":"b","preview":"fine"}],"total":2}`,
    steps: (s) => [{ ask: { path: `/projects/${s.id}/traces` } }],
  },
  { rows: [42], name: 'records by the thousand beside one trace', plant: huge(3000) },
]
