import type { Desk } from '../door.ts'
import { claim, findGrant, hold } from './approve.ts'
import { decide } from './decide.ts'
import type { Inquiry } from './inquiry.ts'
import { blocked } from './settle.ts'

/**
 * Policy, from the request alone. Reads and searches that need an approval go on: nothing is released before the
 * second decision, and what the store answers says for how much to ask. What would change something waits here.
 */
export function judge(door: Desk, x: Inquiry): Promise<void> | void {
  x.decision = decide(door, x, x.snapshot)
  if (door.connection.mode === 'observe') return
  if (x.decision.verdict === 'block') throw blocked(x.decision)
  if (x.decision.verdict !== 'approval') return
  const { action } = x.facts!
  if (action === 'read' || action === 'search') return
  return askFirst(door, x)
}

async function askFirst(door: Desk, x: Inquiry): Promise<void> {
  if (await findGrant(door, x)) x.decision = decide(door, x, x.snapshot)
  if (x.decision!.verdict === 'approval') {
    await hold(door, x, x.decision!, undefined)
    x.decision = decide(door, x, x.snapshot)
  }
  if (x.decision!.verdict === 'block' || x.decision!.verdict === 'approval') throw blocked(x.decision!)
  // An export is counted when it is released; what changes something is done once it is sent.
  if (x.facts!.action !== 'export') await claim(door, x, x.facts!.traceIds ?? [])
}
