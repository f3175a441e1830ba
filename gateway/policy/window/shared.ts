import { CodedError } from '../../../core/errors.ts'
import type { Logger } from '../../../core/log.ts'
import { fail } from '../errors.ts'
import type { Windows } from '../policy.ts'
import type { Quota, Quotas, Reserved } from './quota.ts'

export interface SharedWindowsDeps {
  /** Of this replica alone, warmed with what it released. */
  local: Windows
  quotas: Quotas
  /** This replica's name, unique among them. */
  gateway: string
  /** ms. */
  span: () => number
  /** `policy.limits` in force. */
  limits: () => { window_approval: number; window_block: number }
  log: Logger
}

/** What this replica knows of one person's quota. */
interface View {
  mine: readonly Reserved[]
  others: readonly Reserved[]
  /** When the store said so. */
  at: number
  /** When it last could not be asked. */
  missed?: number
}

/** So long a view is as good as new, ms. */
const FRESH = 1_000
/** So long the store may be silent before windows refuse, ms. */
const SILENCE = 60_000
/** Most traces reserved ahead. */
const CHUNK = 16
/** Chunks that a replica may leave unused may take this part of what remains. */
const SHARE = 8

/**
 * The sliding windows of all persons over all replicas: each reserves traces of a person's window in chunks by
 * compare-and-set, before it releases them, and one by one near the limit.
 *
 *   prepare ─▶ enough is reserved ─▶ use, reserve (no store)
 *         └─▶ a chunk more, or a fresh look where the window is full ─▶ use, reserve
 *
 * What others have reserved counts as read, so a person who reads through several replicas meets a limit up to a chunk
 * a replica early, and never late. The same trace through two replicas counts twice.
 */
export function sharedWindows(deps: SharedWindowsDeps): Windows {
  const { local, quotas, gateway, span, limits, log } = deps
  const views = new Map<string, View>()
  /** One at a time for a person: who comes meanwhile waits for it and looks again. */
  const asking = new Map<string, Promise<void>>()

  const sum = (reserved: readonly Reserved[] | undefined, now: number) => {
    let traces = 0
    for (const each of reserved ?? []) if (each.at > now - span()) traces += each.traces
    return traces
  }
  const look = (quota: Quota, now: number): View => ({
    mine: quota.reserved[gateway] ?? [],
    others: Object.entries(quota.reserved).flatMap(([name, reserved]) => (name === gateway ? [] : reserved)),
    at: now,
  })

  async function acquire(person: string, traceIds: readonly string[], weight: number, now: number) {
    try {
      const quota = await quotas.update(person, (found) => {
        const view = look(found, now)
        const { traces, fresh } = local.use(person, traceIds, weight, now)
        const mine = sum(view.mine, now)
        const need = traces + fresh - mine
        if (need <= 0) return undefined
        const { window_block, window_approval } = limits()
        const free = window_block - mine - sum(view.others, now)
        // Policy will refuse it, or asks: nothing is kept from the others for that.
        if (need > free) return undefined
        const ahead = Math.min(CHUNK, Math.floor(free / SHARE), Math.ceil(window_approval / SHARE))
        return withReserved(found, gateway, { at: now, traces: Math.max(need, ahead) }, now - span())
      })
      views.set(person, look(quota, now))
    } catch (error) {
      const known = views.get(person)
      const silent = !(error instanceof CodedError) || error.code === 'TW_STORE_UNAVAILABLE'
      if (!silent || now - (known?.at ?? 0) > SILENCE) throw fail('TW_POLICY_QUOTA_UNKNOWN', {}, error)
      views.set(person, { mine: [], others: [], at: 0, ...known, missed: now })
      log.warn(
        { err: error },
        'windows: the other replicas cannot be asked; the last answer stands for a minute',
      )
    }
  }

  return {
    prepare(person, traceIds, weight, now) {
      if (weight <= 0) return undefined
      const view = views.get(person)
      if (view) {
        const { traces, fresh } = local.use(person, traceIds, weight, now)
        if (traces + fresh <= sum(view.mine, now)) return undefined
        if (now - (view.missed ?? 0) < FRESH) return undefined
        if (now - view.at < FRESH && isFull(view, traces + fresh, now)) return undefined
      }
      let answer = asking.get(person)
      if (!answer) {
        answer = acquire(person, traceIds, weight, now).finally(() => asking.delete(person))
        asking.set(person, answer)
      }
      return answer
    },
    use(person, traceIds, weight, now) {
      const { traces, fresh } = local.use(person, traceIds, weight, now)
      return { traces: traces + sum(views.get(person)?.others, now), fresh }
    },
    reserve: local.reserve,
  }

  function isFull(view: View, wanted: number, now: number) {
    return wanted + sum(view.others, now) > limits().window_block
  }
}

function withReserved(quota: Quota, gateway: string, more: Reserved, cutoff: number): Quota {
  const reserved: Record<string, Reserved[]> = {}
  for (const [name, entries] of Object.entries(quota.reserved)) {
    const kept = entries.filter(({ at }) => at > cutoff)
    if (kept.length) reserved[name] = kept
  }
  reserved[gateway] = [...(reserved[gateway] ?? []), more]
  return { person: quota.person, reserved }
}
