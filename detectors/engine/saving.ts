import type { Accord } from './accord.ts'
import type { Tracker } from './host.ts'
import { turnOf } from './marks.ts'
import { SAVED, type SavedUser } from './saved.ts'
import type { Subject } from './subject.ts'

/** All that is known of a user, as it is stored. */
export function saveUser(subject: Subject, trackers: readonly Tracker[], accord: Accord): SavedUser {
  const { group, roles, zone, first, last, cover } = subject
  const spans = subject.spans.map(({ span, late }) => ({
    s: span.scale,
    f: span.from,
    z: span.zone,
    l: late,
    ...turnOf(span),
  }))
  const kept = trackers.flatMap((tracker) => {
    const state = tracker.save(subject)
    return state ? [[tracker.name, state] as const] : []
  })
  const together = accord.save(subject)
  return structuredClone({
    ...(together && { together }),
    v: SAVED,
    group,
    ...(roles.length > 0 && { roles: [...roles] }),
    zone,
    first,
    last,
    cover,
    spans,
    detectors: Object.fromEntries(kept),
  })
}
