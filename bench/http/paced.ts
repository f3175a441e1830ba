import { Agent, get } from 'node:http'
import { PATH } from './body.ts'
import type { Child } from './child.ts'

/**
 * Sends `rate` requests a second for `seconds`, whether or not earlier ones were answered (those beyond `connections`
 * wait, and their waiting counts). Returns the latencies to the last byte in ms, sorted.
 */
export async function paced(
  target: Child,
  { connections, rate, seconds }: { connections: number; rate: number; seconds: number },
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const headers = target.token ? { authorization: `Bearer ${target.token}` } : {}
  const latencies: number[] = []
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      const asked = performance.now()
      const sent = get(`http://${target.address}${PATH}`, { agent, headers }, (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`answered ${answer.statusCode}`))
        answer.resume().once('end', () => {
          latencies.push(performance.now() - asked)
          resolve()
        })
      })
      sent.once('error', reject)
    })
  const pending: Promise<void>[] = []
  const begun = performance.now()
  const total = Math.round(rate * seconds)
  while (pending.length < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - begun) / 1000) * rate))
    while (pending.length < due) pending.push(ask())
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(pending)
  agent.destroy()
  return latencies.sort((a, b) => a - b)
}

export const percentile = (sorted: readonly number[], p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))]!
