import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Took } from './company.ts'

/** What a company of so many users takes, in a process of its own. */
export async function tookBy(users: number): Promise<Took> {
  const child = fork(new URL('company.ts', import.meta.url), [String(users)], {
    execArgv: ['--import=tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const gone = once(child, 'exit')
  const message: Promise<Took[]> = once(child, 'message')
  const [took] = await Promise.race([
    message,
    gone.then(([code]) => {
      throw new Error(`company.ts ended with ${code} before it told what it took`)
    }),
  ])
  await gone
  if (!took) throw new Error('company.ts told nothing')
  return took
}
