import t from 'tap'
import { as, createWorld, doorOf } from '../faults/world.ts'
import { eventually } from '../support/program.ts'

t.setTimeout(600_000)
t.test(
  'a finding makes the next request of the same person need approval, until the risk is reset',
  async (t) => {
    const world = await createWorld(t)
    const [decoy, plain] = world.traces
    const rule =
      '{ name: risky-people-are-asked, when: "user.risk >= 0.5 && response.traces > 0", effect: approval }'
    world.configure({
      policy: `  limits: { window: 1h }\n  rules: [${rule}]\n  canaries: [{ name: decoy, traces: [${decoy!.trace_id}] }]`,
    })
    const [ann, sam] = [await world.token('ann'), await world.token('sam')]
    const daemon = await world.start()
    const door = await doorOf(daemon)
    /** The answer's status; none where it is not there in time, as a request that is held for a reviewer. */
    const read = async (id: string, within = 120_000) => {
      const { authorization } = as(ann).headers
      const signal = AbortSignal.timeout(within)
      const answer = await fetch(`${door}/traces/${id}`, { headers: { authorization }, signal }).catch(
        () => undefined,
      )
      return answer?.status
    }
    const api = async (path: string, body?: unknown) => {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      const headers = {
        ...as(sam).headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      }
      return (await fetch(`${daemon.console}/api/v1${path}`, { ...init, headers })).json() as Promise<{
        risk: number
        contributions: { detector: string; left: number; points: number }[]
        approvals: { requester: { user: string } }[]
      }>
    }
    t.equal(await read(plain!.trace_id), 200)
    await read(decoy!.trace_id)
    const risk = await eventually(async () => {
      const found = await api('/users/ann/risk')
      return found.risk > 0 ? found : undefined
    }, 'a risk')
    t.match(risk.contributions, [{ detector: 'canary', points: 60 }])
    const asked = await eventually(async () => {
      if ((await read(plain!.trace_id, 1500)) !== undefined) return undefined
      return (await api('/approvals?status=pending')).approvals[0]
    }, 'the request is held')
    t.equal(asked.requester.user, 'ann')

    await api('/users/ann/risk/reset', { reason: 'it was a drill' })
    t.equal((await api('/users/ann/risk')).risk, 0)
    await eventually(
      async () => ((await read(plain!.trace_id, 5000)) === 200 ? true : undefined),
      'it passes again',
    )
  },
)
