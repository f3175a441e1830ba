import type { Answer, Ask, Attack, Step } from '../attack.ts'
import type { House, Player } from '../house.ts'

/** Games with approvals. `two(n)` asks for two traces of the sample store, which needs one. */
const two = (house: House, n = 0, more: Partial<Ask> = {}): Ask => {
  const [a, b] = house.traces.traces.slice(n * 2, n * 2 + 2)
  return { path: `/traces?ids=${a!.trace_id},${b!.trace_id}`, ...more }
}
const must = (answer: Answer, status: number) => {
  if (answer.status !== status)
    throw new Error(`expected ${status}, got ${answer.status}: ${answer.text.slice(0, 200)}`)
}
const verdict = (house: House, id: string, as: Ask['as'], me: Player, body: object = {}) =>
  house.ask(
    {
      door: 'console',
      ...(as && { as }),
      path: `/api/v1/approvals/${id}/decide`,
      body: { decision: 'approve', reason: 'I say so', ...body },
    },
    me,
  )

/** Asks, has it approved, then tries what must not pass. */
const granted = (tries: (house: House, me: Player) => Promise<Answer[]>, extra: object = {}): Step => ({
  act: async (house, me) => {
    must(await house.ask(two(house), me), 403)
    must(await house.approve(me.user, extra), 200)
    return tries(house, me)
  },
})
/** Asks, then tries to have it decided in ways that must not work. */
const asked = (tries: (house: House, me: Player, id: string) => Promise<Answer[]>): Step => ({
  act: async (house, me) => {
    must(await house.ask(two(house), me), 403)
    const [first] = await house.waiting(me.user)
    const answers = await tries(house, me, first!.id)
    return [...answers, await house.ask(two(house), me)]
  },
})
const settle = async (...asks: Promise<Answer>[]) => Promise.all(asks)

export const approvals: readonly Attack[] = [
  {
    rows: [28],
    name: 'a grant for other traces',
    steps: [granted((house, me) => settle(house.ask(two(house, 1), me)))],
  },
  {
    rows: [28],
    name: 'a grant for one trace more',
    steps: [
      granted((house, me) =>
        settle(house.ask({ path: `${two(house).path},${house.traces.traces[9]!.trace_id}` }, me)),
      ),
    ],
  },
  {
    rows: [28],
    name: 'a grant on another connection',
    steps: [granted((house, me) => settle(house.ask(two(house, 0, { door: 'mirror' }), me)))],
  },
  {
    rows: [28],
    name: 'a grant of somebody else',
    steps: [granted((house, me) => settle(house.ask(two(house, 0, { as: 'colleague' }), me)))],
  },
  {
    rows: [28],
    name: 'a grant by another method',
    steps: [granted((house, me) => settle(house.ask(two(house, 0, { method: 'POST', body: '{}' }), me)))],
  },
  {
    rows: [28],
    name: 'a grant used twice',
    steps: [
      granted(async (house, me) => {
        must(await house.ask(two(house), me), 200)
        return [await house.ask(two(house), me)]
      }),
    ],
  },
  {
    rows: [28, 42],
    name: 'a grant used by twenty at once',
    steps: [
      {
        refused: false,
        act: async (house, me) => {
          must(await house.ask(two(house), me), 403)
          must(await house.approve(me.user), 200)
          const answers = await Promise.all(Array.from({ length: 20 }, () => house.ask(two(house), me)))
          const passed = answers.filter(({ status }) => status === 200).length
          if (passed > 1) throw new Error(`used ${passed} times`)
          return answers
        },
      },
    ],
  },
  {
    rows: [28],
    name: 'a grant that was revoked',
    steps: [
      {
        act: async (house, me) => {
          must(await house.ask(two(house), me), 403)
          const [first] = await house.waiting(me.user)
          must(await house.approve(me.user, { scope: 'time', minutes: 5 }), 200)
          must(
            await house.ask(
              {
                door: 'console',
                as: 'reviewer',
                path: `/api/v1/approvals/${first!.id}/revoke`,
                body: { reason: 'changed my mind' },
              },
              me,
            ),
            200,
          )
          return [await house.ask(two(house), me)]
        },
      },
    ],
  },
  {
    rows: [28],
    name: 'approving one’s own',
    steps: [asked((house, me, id) => settle(verdict(house, id, 'me', me)))],
  },
  {
    rows: [28],
    name: 'approving without the role',
    steps: [asked((house, me, id) => settle(verdict(house, id, 'colleague', me)))],
  },
  {
    rows: [28],
    name: 'approving as auditor or admin',
    steps: [
      asked((house, me, id) => settle(verdict(house, id, 'auditor', me), verdict(house, id, 'admin', me))),
    ],
  },
  {
    rows: [28],
    name: 'approving with nobody’s name',
    steps: [asked((house, me, id) => settle(verdict(house, id, 'nobody', me)))],
  },
  {
    rows: [28, 41],
    name: 'approving by a service account',
    steps: [
      asked(async (house, _me, id) =>
        settle(verdict(house, id, 'me', await house.player('reviewing-robot'))),
      ),
    ],
  },
  {
    rows: [28, 41],
    name: 'approving what one’s own robot asks',
    steps: [
      {
        act: async (house) => {
          const [owner, robot] = [await house.player('owner'), await house.player('robot')]
          must(await house.ask(two(house, 50), robot), 403)
          const [first] = await house.waiting('robot')
          return [await verdict(house, first!.id, 'me', owner), await house.ask(two(house, 50), robot)]
        },
      },
    ],
  },
  {
    rows: [28],
    name: 'approving one’s own by a second account of the same e-mail',
    steps: [
      {
        act: async (house) => {
          const [first, second] = [await house.player('reviewer'), await house.player('reviewer-2')]
          must(await house.ask(two(house, 51), first), 403)
          const [waiting] = await house.waiting('reviewer')
          return [await verdict(house, waiting!.id, 'me', second), await house.ask(two(house, 51), first)]
        },
      },
    ],
  },
  {
    rows: [28],
    name: 'a decision without a reason',
    steps: [asked((house, me, id) => settle(verdict(house, id, 'reviewer', me, { reason: '  ' })))],
  },
  {
    rows: [28],
    name: 'a grant for ever',
    steps: [
      asked((house, me, id) =>
        settle(verdict(house, id, 'reviewer', me, { scope: 'time', minutes: 1_000_000 })),
      ),
    ],
  },
  {
    rows: [28],
    name: 'a decision with members nobody asked for',
    steps: [
      asked((house, me, id) =>
        settle(verdict(house, id, 'reviewer', me, { traces: 1000, grant: { maxTraces: 1000 } })),
      ),
    ],
  },
  {
    rows: [28],
    name: 'a race of approval and denial',
    steps: [
      {
        refused: false,
        act: async (house, me) => {
          must(await house.ask(two(house), me), 403)
          const [first] = await house.waiting(me.user)
          const owner = await house.player('owner')
          const answers = await settle(
            verdict(house, first!.id, 'reviewer', me),
            verdict(house, first!.id, 'me', owner, { decision: 'deny' }),
          )
          if (answers.filter(({ status }) => status === 200).length !== 1)
            throw new Error('both decided, or neither')
          return answers
        },
      },
    ],
  },
  {
    rows: [28],
    name: 'approving what was denied',
    steps: [
      asked(async (house, me, id) => {
        must(await verdict(house, id, 'reviewer', me, { decision: 'deny' }), 200)
        return settle(verdict(house, id, 'reviewer', me))
      }),
    ],
  },
  {
    rows: [28],
    name: 'somebody else’s request on the door’s page',
    steps: [
      {
        act: async (house, me) => {
          must(await house.ask(two(house), me), 403)
          const [first] = await house.waiting(me.user)
          return [await house.ask({ as: 'colleague', path: `/.tracewarden/approvals/${first!.id}` }, me)]
        },
      },
    ],
  },
  {
    rows: [28, 42],
    name: 'content that grew after the approval',
    plant: (s) => ({ traces: [], seed: s.id }),
    steps: (s) => [
      {
        act: async (house, me) => {
          const ask = { path: `/traces?ids=${s.id}` }
          const at = (n: number) => ({
            chunks: [
              JSON.stringify({
                traces: [1, 2].map((i) => ({
                  trace_id: `${s.id}${i}`,
                  created_at: '2026-11-20T00:00:00Z',
                  text: `${n} ${s.mark}`,
                })),
              }),
            ],
          })
          house.replant(s.id, at(1))
          must(await house.ask(ask, me), 403)
          must(await house.approve(me.user), 200)
          house.replant(s.id, at(2))
          return [await house.ask(ask, me)]
        },
      },
    ],
  },
]
