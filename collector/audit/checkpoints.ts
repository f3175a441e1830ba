import { mkdirSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { iso } from '../../core/clock.ts'
import type { EventDraft } from '../../core/event.ts'
import type { Logger } from '../../core/log.ts'
import type { Signed, Signer, Verifier } from '../../core/signing.ts'
import type { Spool } from '../spool/spool.ts'
import type { Store } from '../store/store.ts'
import { sha256 } from './chain.ts'

/**
 * A checkpoint says, signed and outside the store: at this time this chain had come to this sequence with this hash,
 * and these chains existed. Without it the end of a chain, or a whole gateway, could be cut off and nobody would know.
 * The file is only ever appended to; copy it to where the store's administrators cannot write.
 */
export type Checkpoint =
  | {
      kind: 'head'
      at: string
      prev: string
      chain: string
      sequence: number
      hash: string
      chains: string[]
    }
  /** Retention dropped what came before: `first` is the first record kept of each chain, none if all was dropped. */
  | { kind: 'retention'; at: string; prev: string; months: string[]; first: Record<string, FirstKept | null> }

export interface FirstKept {
  sequence: number
  prev: string
}

type Unlinked = Checkpoint extends infer C ? (C extends Checkpoint ? Omit<C, 'prev'> : never) : never

export interface CheckpointFile {
  append(checkpoint: Unlinked): Promise<void>
}

/** Opens the file for appending; lines are linked by the hash of the line before. */
export async function openCheckpoints(file: string, signer: Signer): Promise<CheckpointFile> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  let prev = sha256(lines.findLast((line) => line !== '') ?? '')
  let busy: Promise<void> = Promise.resolve()
  const write = async (checkpoint: Unlinked) => {
    const body = { ...checkpoint, prev }
    const line = JSON.stringify(signer.sign('checkpoint', checkpoint.at, body))
    const handle = await open(file, 'a', 0o600)
    try {
      await handle.appendFile(`${line}\n`)
      await handle.datasync()
    } finally {
      await handle.close()
    }
    prev = sha256(line)
  }
  return {
    append(checkpoint) {
      const done = busy.then(() => write(checkpoint))
      busy = done.catch(() => {})
      return done
    },
  }
}

/** Reads a checkpoint file. Lines that are unsigned, signed by a stranger, or missing in between are problems. */
export async function readCheckpoints(
  file: string,
  verifier: Verifier,
): Promise<{ checkpoints: Checkpoint[]; problems: { line: number; problem: string }[] }> {
  const checkpoints: Checkpoint[] = []
  const problems: { line: number; problem: string }[] = []
  let before = sha256('')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return { checkpoints, problems: [{ line: 0, problem: 'there is no such file' }] }
  const lines = text.split('\n').filter((line) => line !== '')
  lines.forEach((line, i) => {
    const checkpoint = opened(line, verifier)
    if (!checkpoint) problems.push({ line: i + 1, problem: 'not signed by a known key' })
    else if (checkpoint.prev !== before)
      problems.push({ line: i + 1, problem: 'lines before it are missing' })
    if (checkpoint) checkpoints.push(checkpoint)
    before = sha256(line)
  })
  return { checkpoints, problems }
}

function opened(line: string, verifier: Verifier): Checkpoint | undefined {
  try {
    const signed: Signed<Checkpoint> = JSON.parse(line)
    return verifier.open<Checkpoint>('checkpoint', signed.body.at, signed)
  } catch {
    return undefined
  }
}

export interface CheckpointerDeps {
  spool: Pick<Spool, 'append' | 'backlog'>
  store: Pick<Store, 'aggregate'>
  file: CheckpointFile
  gateway: string
  clock: Clock
  log: Logger
  /** ms; a minute. */
  interval?: number
}

/**
 * Writes a checkpoint each minute, idle or not, as an event of the chain and then in the file; stop() writes the last.
 * A gateway whose checkpoints stop is down, or cut off.
 */
export function startCheckpoints(deps: CheckpointerDeps): { now(): Promise<void>; stop(): Promise<void> } {
  const { spool, store, file, clock, log } = deps
  const known = new Set<string>()

  const write = async () => {
    const now = clock.now()
    known.add(spool.backlog().chain)
    try {
      const hour = { from: iso(now - 3600e3), to: iso(now + 60e3) }
      for (const { key } of await store.aggregate({ ...hour, groupBy: ['chain'], limit: 10_000 }))
        known.add(key[0]!)
    } catch (error) {
      log.warn({ error: String(error) }, 'checkpoint without the other gateways: the store does not answer')
    }
    const chains = [...known].sort()
    await spool.append([draft(deps.gateway, iso(now), chains)])
    const { chain, sequence, hash } = spool.backlog()
    await file.append({ kind: 'head', at: iso(now), chain, sequence, hash, chains })
  }
  let busy: Promise<void> = Promise.resolve()
  const next = () => {
    busy = busy
      .then(write)
      .catch((error) => log.error({ error: String(error) }, 'no checkpoint could be written'))
    return busy
  }
  const timer = setInterval(next, deps.interval ?? 60_000)
  return {
    now: next,
    async stop() {
      clearInterval(timer)
      await next()
    },
  }
}

const draft = (gateway: string, at: string, chains: string[]): EventDraft => ({
  '@timestamp': at,
  event: {
    kind: 'event',
    category: ['configuration'],
    type: ['info'],
    action: 'checkpoint',
    outcome: 'success',
  },
  observer: { name: gateway },
  tracewarden: { session: { id: `${gateway}-checkpoints` }, checkpoint: { chains } },
})
