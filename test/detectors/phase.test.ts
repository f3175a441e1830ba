import t from 'tap'
import type { EventDraft } from '../../core/event.ts'
import { createEngine, detectorsConfig } from '../../detectors/port.ts'
import { at, workdays } from '../../detectors/rules/examples.ts'
import offHours from '../../detectors/rules/off-hours.ts'
import { chained } from './support.ts'

/** Twelve colleagues, of whom four each work in offices eight hours apart; nothing says where. */
const SHIFTS = [0, 8, 16]
const OFFICE = [9, 10, 11, 13, 14, 15, 16]
const hoursOf = (member: number, hours: readonly number[]) =>
  hours.map((hour) => (hour + SHIFTS[member % 3]!) % 24)

function* company(days: number, last: (member: number) => readonly number[]): Iterable<EventDraft> {
  yield* [
    ...workdays(days, (day) =>
      Array.from({ length: 12 }, (_, member) =>
        [...at(day, hoursOf(member, day === days - 1 ? last(member) : OFFICE))].map((draft) => ({
          ...draft,
          user: { id: `u${member}`, roles: ['engineer'] },
        })),
      ).flat(),
    ),
  ].sort((a, b) => (String(a['@timestamp']) < String(b['@timestamp']) ? -1 : 1))
}

const found = (events: Iterable<EventDraft>) => {
  const engine = createEngine({ config: detectorsConfig.parse({}), detectors: [offHours] })
  const users = new Set<string>()
  const take = (all: readonly { user?: { id: string } | undefined }[]) => {
    for (const { user } of all) if (user) users.add(user.id)
  }
  for (const event of chained(events)) take(engine.push(event))
  take(engine.finish())
  return [...users].sort()
}

t.test('a night is one wherever somebody works, though no event names a time zone', (t) => {
  const night = [...OFFICE, ...Array.from({ length: 14 }, (_, i) => 1.5 + i / 10)]
  t.same(found(company(30, () => OFFICE)), [])
  for (const who of [0, 1, 2])
    t.same(found(company(30, (member) => (member === who ? night : OFFICE))), [`u${who}`])
  t.end()
})
