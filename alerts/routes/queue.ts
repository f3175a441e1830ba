import type { Documents, StoredDocument } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'
import { isConflict } from '../lifecycle/conflict.ts'
import {
  type Delivery,
  type Destination,
  deliveryId,
  digestOf,
  nextTry,
  type SubjectKind,
  type Undelivered,
} from './delivery.ts'

/** A try that has not ended after this counts as lost (a crash): longer than any transport's timeout. */
const CLAIM = 30_000
/** After so many tries in a row a delivery is shown as failed. */
const PATIENCE = 8

export function createQueue(deps: { documents: Documents; clock: Clock; random: Random }) {
  const { documents, clock } = deps

  const keysOf = (delivery: Delivery) => ({
    state: delivery.state,
    subject: `${delivery.subject.kind}:${delivery.subject.id}`,
    ...(delivery.open && { open: delivery.subject.kind }),
  })
  const put = (delivery: Delivery, expect: string) =>
    documents.put('delivery', delivery.id, delivery, {
      expect,
      keys: keysOf(delivery),
      at: iso(delivery.next),
    })

  /** Writes what `next` says until nobody wrote in between; undefined leaves the document alone. */
  async function update(
    id: string,
    next: (current: Delivery | undefined) => Delivery | undefined,
  ): Promise<void> {
    for (;;) {
      const stored = await documents.get<Delivery>('delivery', id)
      const wanted = next(stored?.body)
      if (!wanted) return
      try {
        await put(wanted, stored?.version ?? 'absent')
        return
      } catch (error) {
        if (!isConflict(error)) throw error
      }
    }
  }

  return {
    /** Says what should be at a destination. `open`: the subject may still change by itself. */
    async want(
      subject: { kind: SubjectKind; id: string },
      destination: Destination,
      wanted: string,
      open: boolean,
    ): Promise<void> {
      const to =
        destination.kind === 'slack'
          ? destination
          : { kind: 'webhook' as const, digest: digestOf(destination.url) }
      const id = deliveryId(subject, to)
      const now = clock.now()
      await update(id, (current) => {
        if (!current)
          return {
            id,
            subject,
            destination: to,
            wanted,
            state: 'pending',
            attempts: 0,
            next: now,
            uncertain: false,
            open,
            created: iso(now),
          }
        return renew(current, wanted, open)
      })
    },
    /** The same for every destination that already has this subject. Answers how many there are. */
    async refresh(
      subject: { kind: SubjectKind; id: string },
      wanted: string,
      open: boolean,
    ): Promise<number> {
      const page = await documents.list<Delivery>('delivery', {
        keys: { subject: `${subject.kind}:${subject.id}` },
        limit: 100,
      })
      for (const { id, body } of page.documents)
        if (body.wanted !== wanted || body.open !== open)
          await update(id, (current) => current && renew(current, wanted, open))
      return page.documents.length
    },
    /** Subjects that may still change by themselves, and are shown somewhere. */
    async open(kind: SubjectKind): Promise<Delivery[]> {
      const page = await documents.list<Delivery>('delivery', { keys: { open: kind }, limit: 500 })
      return page.documents.map(({ body }) => body)
    },
    /** Those whose time has come, the longest waiting first; at most 200 of each state. */
    async due(): Promise<StoredDocument<Delivery>[]> {
      const to = iso(clock.now() + 1)
      const pages = await Promise.all(
        (['pending', 'failed'] as const).map((state) =>
          documents.list<Delivery>('delivery', { keys: { state }, to, limit: 200 }),
        ),
      )
      return pages.flatMap((page) => page.documents).sort((a, b) => (a.at < b.at ? -1 : 1))
    },
    /** Takes one for this process. Undefined: another has it. The answer says whether the last try's end is unknown. */
    async claim(stored: StoredDocument<Delivery>): Promise<Delivery | undefined> {
      const claimed: Delivery = {
        ...stored.body,
        attempts: stored.body.attempts + 1,
        next: clock.now() + CLAIM,
        uncertain: true,
      }
      try {
        await put(claimed, stored.version)
      } catch (error) {
        if (isConflict(error)) return undefined
        throw error
      }
      return { ...claimed, uncertain: stored.body.uncertain }
    },
    /** It arrived. A change wanted meanwhile makes it pending at once. */
    async arrived(tried: Delivery, receipt: Pick<Delivery, 'slack'>): Promise<void> {
      await update(tried.id, (current) => {
        if (!current) return undefined
        const { trouble: _, ...rest } = current
        return {
          ...rest,
          ...receipt,
          shown: tried.wanted,
          state: current.wanted === tried.wanted ? 'sent' : 'pending',
          attempts: 0,
          next: clock.now(),
          uncertain: false,
        }
      })
    },
    async missed(tried: Delivery, problem: Undelivered): Promise<Delivery['state']> {
      const failed = problem.stuck || tried.attempts >= PATIENCE
      await update(
        tried.id,
        (current) =>
          current && {
            ...current,
            state: failed ? 'failed' : 'pending',
            next: nextTry(tried, problem, clock, deps.random),
            uncertain: problem.uncertain || tried.uncertain,
            trouble: problem.message.slice(0, 300),
          },
      )
      return failed ? 'failed' : 'pending'
    },
    /** What waits, for the health page. */
    async backlog(): Promise<{ pending: number; failed: number; oldest?: string; trouble?: string }> {
      const counts = { pending: 0, failed: 0 }
      let oldest: string | undefined
      let trouble: string | undefined
      for (const state of ['pending', 'failed'] as const) {
        let after: string | undefined
        do {
          const page = await documents.list<Delivery>('delivery', {
            keys: { state },
            limit: 500,
            ...(after !== undefined && { after }),
          })
          counts[state] += page.documents.length
          for (const { body } of page.documents) {
            if (oldest === undefined || body.created < oldest) oldest = body.created
            trouble = body.trouble ?? trouble
          }
          after = page.next
        } while (after !== undefined)
      }
      return { ...counts, ...(oldest !== undefined && { oldest }), ...(trouble !== undefined && { trouble }) }
    },
  }

  function renew(current: Delivery, wanted: string, open: boolean): Delivery | undefined {
    if (current.wanted === wanted) return current.open === open ? undefined : { ...current, open }
    const changed = { ...current, wanted, open }
    if (current.state === 'failed') return changed
    // A try under way, or one that waits for its time, goes on; a settled one becomes due.
    return current.state === 'sent' ? { ...changed, state: 'pending', next: clock.now() } : changed
  }
}

export type Queue = ReturnType<typeof createQueue>
