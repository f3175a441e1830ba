import t from 'tap'
import type { EventDraft, SessionEvent } from '../../core/event.ts'
import { detectorsConfig } from '../../detectors/config.ts'
import { createEngine } from '../../detectors/engine/engine.ts'
import type { Finding } from '../../detectors/finding.ts'
import { DETECTORS } from '../../detectors/rules/index.ts'

const numbered = (drafts: Iterable<EventDraft>, name: string): SessionEvent[] =>
  [...drafts].map((draft, i) => ({ ...draft, event: { ...draft.event, id: `${name}${i}` } }) as SessionEvent)

for (const detector of DETECTORS)
  t.test(detector.name, async (t) => {
    const detectors = [detector, ...(detector.needs ?? [])]
    for (const example of detector.examples) {
      const engine = createEngine({ config: detectorsConfig.parse({}), detectors })
      const own = (found: readonly Finding[]) => found.filter((one) => one.detector === detector.name)
      const early: Finding[] = numbered(example.history(), 'h').flatMap((event) => engine.push(event))
      const found = numbered(example.given(), 'g').flatMap((event) => engine.push(event))
      const all = own([...found, ...engine.finish()])
      t.same(
        early.map((f) => f.summary),
        [],
        `${example.name}: its history is quiet`,
      )
      for (const { evidence } of all)
        t.ok(
          evidence.benign,
          `${example.name}: says what would make it benign, under extra.benign of explain`,
        )
      t.equal(all.length > 0, example.fires, `${example.name}: ${all.at(-1)?.summary ?? 'silent'}`)
    }
  })
