import { type ChildProcess, fork } from 'node:child_process'

/** What a worker says of itself, ten times a second. */
export interface Progress {
  /** Of 32. */
  partitions: number
  /** Events read since it began, those of users of other workers included. */
  judged: number
  /** Age in s of the newest event that it judged, at that moment. */
  lag: number
  /** CPU-s since it began. */
  cpu: number
  /** Resident, bytes. */
  memory: number
}

export interface Worker {
  readonly last: Progress
  /** ms: when the newest event that it judged happened; how long ago that is, is how far behind it is. */
  readonly newest: number
  kill(): Promise<void>
  stop(): Promise<void>
}

/** ms that a worker may take to save. */
const LAST_WORDS = 15_000

/** Starts a worker as a process of its own. */
export function startWorker(...args: string[]): Worker {
  const child: ChildProcess = fork(new URL('./worker.ts', import.meta.url), args, {
    execArgv: ['--import=tsx', ...(process.env.BENCH_NODE_ARGS?.split(' ') ?? [])],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let last: Progress = { partitions: 0, judged: 0, lag: 0, cpu: 0, memory: 0 }
  let newest = 0
  child.on('message', (message: Progress) => {
    if (message.judged > last.judged) newest = Date.now() - message.lag * 1000
    last = message
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), LAST_WORDS)
    await gone
    clearTimeout(timer)
  }
  return {
    get last() {
      return last
    },
    get newest() {
      return newest
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

/** CPU-s that an Elasticsearch has taken. */
export async function cpuOf(url: string): Promise<number> {
  const answer = await fetch(`${url}/_nodes/stats/process`)
  const { nodes } = (await answer.json()) as {
    nodes: Record<string, { process: { cpu: { total_in_millis: number } } }>
  }
  return Object.values(nodes).reduce((sum, { process }) => sum + process.cpu.total_in_millis, 0) / 1000
}
