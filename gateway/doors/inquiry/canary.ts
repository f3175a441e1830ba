import type { EventDraft } from '../../../core/event.ts'
import type { Touched } from '../../decoys/decoy.ts'
import type { Snapshot } from '../../policy/policy.ts'
import type { Desk } from '../door.ts'
import type { Inquiry } from './inquiry.ts'

/** The canary that one of these traces, or the collection that was asked, is. */
export function canaryAmong(
  door: Desk,
  x: Inquiry,
  snapshot: Snapshot,
  ids: readonly string[],
): Touched | undefined {
  const { name } = door.connection
  const decoy = door.decoys(snapshot.config).among(name, ids)
  if (decoy) return decoy
  const trace = snapshot.canary(name, undefined, ids)
  if (trace !== undefined) return { name: trace, kind: 'trace' }
  const collection = snapshot.canary(name, x.facts?.collection, [])
  return collection === undefined ? undefined : { name: collection, kind: 'collection' }
}

/**
 * A decoy's bait in what was asked, or its id, which nobody knows who has not seen it. Lists may name it: a store's own
 * pages ask about whatever they list.
 */
export function canaryAsked(door: Desk, x: Inquiry): Touched | undefined {
  const decoys = door.decoys(x.snapshot.config)
  if (decoys.all.length === 0) return undefined
  const listing = x.facts !== undefined && x.expects?.listing === true
  return decoys.within(door.connection.name, x.literal(), !listing)
}

/** Beside the event of the reading itself, which says how much was shown; this one does not. */
export const canaryDraft = (reading: EventDraft, canary: Touched): EventDraft => ({
  ...reading,
  event: { ...reading.event, action: 'canary-read', reason: reasonOf(canary) },
  tracewarden: {
    ...reading.tracewarden,
    bytes: undefined,
    canary: { ...canary },
    fields: undefined,
    traces: { ids: reading.tracewarden.traces?.ids ?? [] },
  },
})

export const reasonOf = ({ name, kind }: Touched): string =>
  kind === 'credential' ? `canary ${name}: its credential was used` : `canary ${name}`
