import { iso } from '../../core/clock.ts'
import { type Decoy, decoysOf } from '../../gateway/port.ts'
import { fail } from '../errors.ts'
import type { Foundation } from '../foundation.ts'
import { data, jsonLine, message } from '../output.ts'
import { createPeople } from '../parts/authority.ts'
import { operatorAs } from '../parts/review.ts'
import { operator, withFoundation } from '../tool.ts'

interface Options {
  config: string
  json?: boolean
  values?: boolean
  as?: string
  reason?: string
}

/**
 * `canaries`: the decoys that config plants, with their ids. What their credentials are is said to an admin alone, and
 * recorded: whoever knows a value knows which trace is a decoy.
 */
export const canariesCommand = (options: Options): Promise<void> =>
  withFoundation(options.config, async (base) => {
    if (options.values) await permitted(base, options)
    const { all } = decoysOf(base.config, base.master)
    for (const decoy of all)
      if (options.json) jsonLine(told(decoy, options.values === true))
      else data(line(decoy, options.values === true))
    if (all.length === 0) message('No decoys: no canary of policy.canaries has `plant`.')
  })

/** @throws TW_USER_UNKNOWN, TW_CANARIES_REFUSED */
async function permitted(base: Foundation, { as: user, reason }: Options): Promise<void> {
  const needed = base.config.policy.admins
  if (user === undefined || !reason?.trim()) throw fail('TW_CANARIES_REFUSED', { needed: needed.join(', ') })
  const identity = createPeople(base)
  await identity.start()
  try {
    const { person, actor } = operatorAs(identity, user, operator(), base.clock.now())
    const allowed = !identity.refusal(user) && person.roles.some((role) => needed.includes(role))
    await base.emit({
      '@timestamp': iso(base.clock.now()),
      event: {
        kind: 'event',
        category: ['configuration'],
        type: ['access'],
        action: 'canary-list',
        outcome: allowed ? 'success' : 'failure',
        reason,
      },
      user: { id: user },
      tracewarden: {
        session: { id: `canaries:${user}` },
        person: { ...(actor === undefined ? {} : { actor }) },
      },
    })
    if (!allowed) throw fail('TW_CANARIES_REFUSED', { needed: needed.join(', ') })
  } finally {
    identity.stop()
  }
}

const told = ({ canary, connection, id, places, served, time, bait }: Decoy, values: boolean) => ({
  canary,
  connection,
  id,
  in: places,
  planted: served ? 'by the gateway' : 'by hand',
  time: iso(time),
  bait: bait?.kind ?? 'none',
  ...(values && bait ? { value: bait.value } : {}),
})

const line = (decoy: Decoy, values: boolean): string =>
  Object.entries(told(decoy, values))
    .map(([, value]) => (Array.isArray(value) ? value.join(',') : value))
    .join('\t')
