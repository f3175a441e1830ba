import type { Documents } from '../../collector/port.ts'
import { canonical } from '../../core/canonical.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { KeyRing } from '../../core/signing.ts'
import type { Grant } from './approval.ts'
import { fingerprint, signedDocuments } from './documents.ts'

/** A grant with its use, as stored. */
interface GrantState {
  grant: Grant
  created: string
  uses: number
  /** Fingerprints of the distinct traces its uses released. */
  released: readonly string[]
  revoked?: string
}

export interface Grants {
  /** False: it is there already. */
  issue(grant: Grant): Promise<boolean>
  issued(id: string): Promise<boolean>
  find(input: Bound): Promise<Grant | undefined>
  claim(grant: Grant, traceIds: readonly string[]): Promise<boolean>
  /** Also one that was never issued, so that it never will be. */
  revoke(grant: Grant): Promise<void>
}

type Bound = Pick<Grant, 'person' | 'connection' | 'logical'> & { collection?: string }

export function createGrants(deps: {
  documents: Documents
  keyRing: KeyRing
  clock: Clock
  log: Logger
}): Grants {
  const { clock, log } = deps
  const stored = signedDocuments<GrantState>('grant', deps.documents, deps.keyRing, (state) => ({
    keys: { match: matchOf(state.grant), state: spent(state) ? 'spent' : 'live' },
    at: state.created,
  }))
  /** Used or revoked here, until they expire: an older document put back into the store does not revive them. */
  const dead = new Map<string, number>()
  const bury = (grant: Grant) => {
    const now = clock.now()
    for (const [id, until] of dead) if (until <= now) dead.delete(id)
    dead.set(grant.id, Date.parse(grant.expires))
  }
  const usable = (state: GrantState) =>
    !spent(state) && !dead.has(state.grant.id) && Date.parse(state.grant.expires) > clock.now()

  const start = (grant: Grant): GrantState => ({ grant, created: iso(clock.now()), uses: 0, released: [] })

  return {
    issue: (grant) => stored.create(grant.id, start(grant)),
    issued: async (id) => (await stored.get(id)) !== undefined,
    async find(bound) {
      const match = matchOf(bound)
      const page = await stored.list({ keys: { match, state: 'live' }, limit: 20 })
      for (const id of page.altered) log.error({ grant: id }, 'a stored grant is not as it was signed')
      // The keys a document is found by are not signed; what it says is.
      return page.bodies.find((state) => matchOf(state.grant) === match && usable(state))?.grant
    },
    async claim(grant, traceIds) {
      let claimed = false
      const use = (state: GrantState): GrantState | undefined => {
        claimed = false
        if (canonical(state.grant) !== canonical(grant) || !usable(state)) return undefined
        const released = releasedWith(state, traceIds)
        if (!released) return undefined
        claimed = true
        return { ...state, uses: state.uses + 1, released }
      }
      const held = await stored.get(grant.id)
      if (!held) return false
      await stored.update(grant.id, use)
      if (claimed && grant.scope === 'once') bury(grant)
      return claimed
    },
    async revoke(grant) {
      bury(grant)
      const revoked = iso(clock.now())
      if (await stored.create(grant.id, { ...start(grant), revoked })) return
      await stored.update(grant.id, (state) => (state.revoked ? undefined : { ...state, revoked }))
    },
  }
}

const spent = ({ grant, uses, revoked }: GrantState) =>
  revoked !== undefined || (grant.scope === 'once' && uses > 0)

const matchOf = ({ person, connection, collection, logical }: Bound) =>
  fingerprint(person, connection, collection ?? '', logical)

/** What the grant would have released with these; undefined if that is more than it allows. */
function releasedWith({ grant, released }: GrantState, traceIds: readonly string[]) {
  if (grant.traceIds) {
    const approved = new Set(grant.traceIds)
    return traceIds.every((id) => approved.has(id)) ? released : undefined
  }
  const all = new Set([...released, ...traceIds.map((id) => fingerprint(id).slice(0, 16))])
  return all.size <= grant.maxTraces ? [...all] : undefined
}
