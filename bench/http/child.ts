import { type ChildProcess, fork } from 'node:child_process'
import type { AddressInfo } from 'node:net'

export interface Child {
  address: string
  token: string
  /** CPU time it has taken, µs. */
  cpu(): Promise<number>
  /** After a collection of garbage, bytes: resident, and in use by JavaScript and its buffers. */
  memory(): Promise<{ resident: number; live: number }>
  stop(): Promise<void>
}

/** Tells the parent where this process listens; it ends when the parent lets go of it. */
export function ready(address: AddressInfo | string | null, token = ''): void {
  const text = typeof address === 'object' && address ? `127.0.0.1:${address.port}` : String(address)
  process.send?.({ address: text, token })
  process.on('message', (asked) => {
    if (asked === 'memory') globalThis.gc?.()
    const { user, system } = process.cpuUsage()
    const { rss, heapUsed, external } = process.memoryUsage()
    process.send?.({ cpu: user + system, resident: rss, live: heapUsed + external })
  })
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}

/** Starts one of this folder's modules as a process of its own and waits until it listens. */
export async function start(module: string, ...args: string[]): Promise<Child> {
  const child: ChildProcess = fork(new URL(module, import.meta.url), args, {
    execArgv: [...(process.env.BENCH_NODE_ARGS?.split(' ') ?? []), '--expose-gc', '--import=tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const message = await new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`${module} ended with ${code} before it listened`)))
  })
  const { address, token } = Object(message)
  const ask = async (what: 'cpu' | 'memory') => {
    const answer = new Promise<unknown>((resolve) => child.once('message', resolve))
    child.send(what)
    const { cpu, resident, live } = Object(await answer)
    return { cpu: Number(cpu), resident: Number(resident), live: Number(live) }
  }
  return {
    address: String(address),
    token: String(token),
    cpu: async () => (await ask('cpu')).cpu,
    memory: () => ask('memory'),
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
    },
  }
}
