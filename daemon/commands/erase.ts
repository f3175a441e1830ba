import { listAlerts } from '../../alerts/port.ts'
import { eraseApprovals, type Identity, type IdentityService, identityEvent } from '../../gateway/port.ts'
import { fail } from '../errors.ts'
import type { Foundation } from '../foundation.ts'
import { jsonLine, message } from '../output.ts'
import { createPeople } from '../parts/authority.ts'
import { recorderOf } from '../parts/gateway.ts'
import { operatorAs } from '../parts/review.ts'
import { operator, withFoundation } from '../tool.ts'

interface Options {
  config: string
  json?: boolean
  as: string
  reason: string
}

/**
 * `erase`: a person's recordings, names and addresses. What stays is the pseudonym `user.id`, with what it did. It is
 * on record before it is done; done again it takes what came meanwhile.
 */
export const eraseCommand = (user: string, { as, reason, json, config }: Options): Promise<void> =>
  withFoundation(config, async (base) => {
    const identity = createPeople(base)
    await identity.start()
    try {
      const admin = operatorAs(identity, as, operator(), base.clock.now())
      await permitted(user, { admin, reason, identity, base })
      const erased = await erase(user, identity, base)
      if (json) return jsonLine({ user, ...erased })
      message(
        `${user} is erased: ${erased.recordings} recordings, ${erased.events} events and ${erased.approvals} approvals. ` +
          'Run it again once every gateway has shipped what it still held.',
      )
    } finally {
      identity.stop()
    }
  })

/** @throws TW_ERASE_REFUSED, TW_ERASE_ACTIVE, TW_ERASE_UNDER_INVESTIGATION */
async function permitted(
  user: string,
  {
    admin,
    reason,
    identity,
    base,
  }: {
    admin: Identity
    reason: string
    identity: IdentityService
    base: Foundation
  },
): Promise<void> {
  const { admins } = base.config.policy
  const { person } = admin
  const refused = await refusal()
  await base.emit(
    identityEvent(base.clock, {
      ...{ action: 'user-erase', by: person.user, target: { user }, reason },
      ...(admin.actor !== undefined && { actor: admin.actor }),
      ...(refused && { failed: true }),
    }),
  )
  if (refused) throw refused

  async function refusal() {
    const allowed = !identity.refusal(person.user) && person.roles.some((role) => admins.includes(role))
    if (!allowed || person.user === user || !reason.trim())
      return fail('TW_ERASE_REFUSED', { by: person.user, user, needed: admins.join(', ') })
    if (!identity.suspended(user)) return fail('TW_ERASE_ACTIVE', { user })
    const open = await openAlert(user, base)
    return open && fail('TW_ERASE_UNDER_INVESTIGATION', { user, alert: open })
  }
}

async function openAlert(user: string, { store }: Foundation): Promise<string | undefined> {
  for (const status of ['open', 'acknowledged', 'investigating'] as const) {
    const { alerts } = await listAlerts(store.documents, { user, status, limit: 1 })
    if (alerts[0]) return alerts[0].id
  }
  return undefined
}

/** Recordings first: with their key they are gone at once, whatever comes in between. */
async function erase(user: string, identity: IdentityService, base: Foundation) {
  const recorder = recorderOf(base)
  let recordings = 0
  try {
    const persons = new Set<string>()
    let after: string | undefined
    do {
      const page = await recorder.list({ user, limit: 500, ...(after && { after }) })
      for (const { person } of page.recordings) persons.add(person)
      recordings += page.recordings.length
      after = page.next
    } while (after !== undefined)
    const configured = identity.person(user)
    if (configured) persons.add(configured.id)
    for (const person of persons) await recorder.erase(person)
  } finally {
    await recorder.close()
  }
  const { store, keys, clock, log } = base
  const approvals = await eraseApprovals(user, { documents: store.documents, keyRing: keys, clock, log })
  return { recordings, events: await store.erase(user), approvals }
}
