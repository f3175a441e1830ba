import { type ChildProcess, fork } from 'node:child_process'
import type { AddressInfo } from 'node:net'

export interface Child {
  address: string
  token: string
  /** CPU time it has taken, µs. */
  cpu(): Promise<number>
  stop(): Promise<void>
}

/** Tells the parent where this process listens; it ends when the parent lets go of it. */
export function ready(address: AddressInfo | string | null, token = ''): void {
  const text = typeof address === 'object' && address ? `127.0.0.1:${address.port}` : String(address)
  process.send?.({ address: text, token })
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: user + system })
  })
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
}

/** Starts one of this folder's modules as a process of its own and waits until it listens. */
export async function start(module: string, ...args: string[]): Promise<Child> {
  const child: ChildProcess = fork(new URL(module, import.meta.url), args, {
    execArgv: [...(process.env.BENCH_NODE_ARGS?.split(' ') ?? []), '--import=tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const message = await new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`${module} ended with ${code} before it listened`)))
  })
  const { address, token } = Object(message)
  return {
    address: String(address),
    token: String(token),
    async cpu() {
      const answer = new Promise<unknown>((resolve) => child.once('message', resolve))
      child.send('cpu')
      return Number(Object(await answer).cpu)
    },
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
    },
  }
}
