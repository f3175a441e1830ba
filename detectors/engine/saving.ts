import type { Accord } from './accord.ts'
import type { Tracker } from './host.ts'
import { turnOf } from './marks.ts'
import { SAVED, type SavedUser, savedUser } from './saved.ts'
import type { Subject } from './subject.ts'
import type { Teams } from './teams.ts'

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

/** @returns undefined for what is not a baseline of this version */
export const readUser = (saved: unknown): SavedUser | undefined => savedUser.safeParse(saved).data

/** Opens a window of a user as it was when it was saved. */
export type Place = (subject: Subject, span: SavedUser['spans'][number]) => void

/** Where what is known of a user belongs. */
export interface Places {
  trackers: readonly Tracker[]
  accord: Accord
  teams: Teams
  zoneOf(name: string): string
  place: Place
}

/** What was saved of a user, who is awake. @returns what could not be read; it starts anew */
export function loadUser(
  subject: Subject,
  { group, roles = [], zone, first, last, cover, spans, together, detectors }: SavedUser,
  { trackers, accord, teams, zoneOf, place }: Places,
): string[] {
  const loaded = { ...cover }
  Object.assign(subject, { group, roles, zone: zoneOf(zone), first, last, cover, loaded })
  teams.move(subject, undefined)
  if (together) accord.load(subject, together)
  for (const span of spans) place(subject, span)
  return trackers.flatMap((tracker) => {
    const state = detectors[tracker.name]
    const problem = state === undefined ? undefined : tracker.load(subject, state)
    return problem ? [`${subject.id}: ${problem}`] : []
  })
}
