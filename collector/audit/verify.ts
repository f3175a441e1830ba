import type { SessionEvent } from '../../core/event.ts'
import { type Hmac, hmacSha256 } from '../../core/hmac.ts'
import type { MasterKey } from '../../core/secrets.ts'
import type { Store } from '../store/store.ts'
import { chainHash, eventId, genesis } from './chain.ts'
import type { Checkpoint } from './checkpoints.ts'

export interface Problem {
  kind: 'missing' | 'altered' | 'forged-id' | 'out-of-order' | 'doubled' | 'cut-tail' | 'gone'
  chain: string
  /** Of the first record concerned. */
  sequence: number
  detail: string
}

export interface Verification {
  ok: boolean
  /** What was seen of each chain: first and last sequence, and how many records. */
  chains: { chain: string; from: number; to: number; records: number }[]
  /** In the order found; the first 100. */
  problems: Problem[]
}

type Heads = Extract<Checkpoint, { kind: 'head' }>[]

interface Walk {
  chain: string
  from: number
  records: number
  sequence: number
  hash: string
  /** Checkpoints of this chain by sequence, from the next one on. */
  heads: Heads
}

const MOST = 100

/**
 * Walks every chain and checks each record's hash, link, number and id, the heads that checkpoints vouch for, and that
 * no chain which a checkpoint names is gone.
 * @param sources each in order of sequence within a chain; a later one (the spool) goes on where an earlier one (the
 * store) ends, and what both hold is looked at once.
 */
export async function verifyChains(
  sources: readonly AsyncIterable<SessionEvent>[],
  { master, checkpoints = [] }: { master: MasterKey; checkpoints?: readonly Checkpoint[] },
): Promise<Verification> {
  const mac = hmacSha256(master.derive('event-id'))
  const problems: Problem[] = []
  const walks = new Map<string, Walk>()
  const report = (problem: Problem) => {
    if (problems.length < MOST) problems.push(problem)
  }
  const begun = firstKept(checkpoints)

  const begin = (chain: string): Walk => {
    const heads = checkpoints.filter((each) => each.kind === 'head').filter((each) => each.chain === chain)
    const kept = begun.get(chain)
    return {
      chain,
      from: 0,
      records: 0,
      sequence: kept ? kept.sequence - 1 : 0,
      hash: kept?.prev ?? genesis(chain).hash,
      heads: heads.sort((a, b) => a.sequence - b.sequence),
    }
  }

  for (const [i, source] of sources.entries()) {
    const ends = new Map([...walks].map(([chain, walk]) => [chain, walk.sequence]))
    for await (const event of source) {
      const chain = event.tracewarden.chain?.id ?? ''
      if (i > 0 && (event.event.sequence ?? 0) <= (ends.get(chain) ?? 0)) continue
      let walk = walks.get(chain)
      if (!walk) {
        walk = begin(chain)
        walks.set(chain, walk)
      }
      step(walk, event, mac, report)
    }
  }

  for (const walk of walks.values())
    for (const head of walk.heads)
      if (head.sequence > walk.sequence) {
        report({
          kind: 'cut-tail',
          chain: walk.chain,
          sequence: walk.sequence + 1,
          detail: `ends at ${walk.sequence}; the checkpoint of ${head.at} saw ${head.sequence}`,
        })
        break
      }
  for (const [chain, at] of named(checkpoints))
    if (!walks.has(chain) && begun.get(chain) !== null)
      report({
        kind: 'gone',
        chain,
        sequence: 1,
        detail: `named by the checkpoint of ${at}, and no record of it`,
      })

  return {
    ok: problems.length === 0,
    chains: [...walks.values()].map(({ chain, from, sequence, records }) => ({
      chain,
      from,
      to: sequence,
      records,
    })),
    problems,
  }
}

function step(walk: Walk, event: SessionEvent, mac: Hmac, report: (problem: Problem) => void): void {
  const { chain } = walk
  const sequence = event.event.sequence ?? 0
  const link = event.tracewarden.chain
  const at = { chain, sequence }
  walk.records++
  walk.from ||= sequence
  if (walk.records > 1 && sequence === walk.sequence)
    report({ ...at, kind: 'doubled', detail: `${event.event.id} claims a sequence that is taken` })
  else if (sequence < walk.sequence)
    report({ ...at, kind: 'out-of-order', detail: `${event.event.id} comes after ${walk.sequence}` })
  if (walk.records > 1 && sequence <= walk.sequence) return
  const hash = chainHash(event)
  if (sequence > walk.sequence + 1)
    report({
      kind: 'missing',
      chain,
      sequence: walk.sequence + 1,
      detail: `${walk.sequence + 1} to ${sequence - 1} are missing before ${event.event.id}`,
    })
  else if (link?.prev !== walk.hash)
    report({ ...at, kind: 'altered', detail: `${event.event.id} does not follow the record before it` })
  if (link?.hash !== hash)
    report({ ...at, kind: 'altered', detail: `${event.event.id} is not as it was written` })
  if (!chain.startsWith('import:') && event.event.id !== eventId(mac, chain, sequence, link?.prev ?? ''))
    report({ ...at, kind: 'forged-id', detail: `${event.event.id} was not made by this chain’s gateway` })
  while (walk.heads[0] && walk.heads[0].sequence <= sequence) {
    const head = walk.heads.shift()!
    if (head.sequence === sequence && head.hash !== link?.hash)
      report({ ...at, kind: 'altered', detail: `the checkpoint of ${head.at} saw another record here` })
  }
  walk.sequence = sequence
  walk.hash = link?.hash ?? ''
}

/** Where retention says that each chain now begins; null: all of it was dropped. */
function firstKept(checkpoints: readonly Checkpoint[]) {
  const begun = new Map<string, { sequence: number; prev: string } | null>()
  for (const each of checkpoints)
    if (each.kind === 'retention')
      for (const [chain, kept] of Object.entries(each.first)) begun.set(chain, kept)
  return begun
}

function named(checkpoints: readonly Checkpoint[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const each of checkpoints)
    if (each.kind === 'head') for (const chain of [each.chain, ...each.chains]) names.set(chain, each.at)
  return names
}

/** Everything in a store, each chain in order. */
export async function* storedEvents(store: Pick<Store, 'read'>): AsyncIterable<SessionEvent> {
  let cursor = {}
  for (;;) {
    const page = await store.read(cursor, 1000)
    if (page.events.length === 0) return
    yield* page.events
    cursor = page.cursor
  }
}
