import type { DetectorsConfig } from '../config.ts'
import { detectorsOf } from '../detectors.ts'
import { createEngine } from '../engine/engine.ts'
import type { Foreknown } from '../engine/host.ts'
import type { Source } from './files.ts'
import { createGuard } from './guard.ts'

/** Events that are looked at to tell whether users come in turn. */
const LOOKED_AT = 30_000
/** The second time, what is usual of others' is learned among all the others too. */
const TIMES = 2

/**
 * Where users come in turn, one after another, there is nobody yet to compare the first with: what others do, and what
 * tells people apart, is then learned beforehand by those detectors that judge sessions. Of the user at hand nothing is
 * foreknown. @returns undefined where users come side by side
 */
export async function foreknown(source: Source, config: DetectorsConfig): Promise<Foreknown | undefined> {
  const detectors = detectorsOf(config).filter(({ scales }) => scales.includes('session'))
  if (!detectors.length || !(await inTurn(source))) return undefined
  let before: Foreknown = { users: new Map() }
  for (let i = 0; i < TIMES; i++) {
    const engine = createEngine({ config, detectors, before })
    const guard = createGuard(config.skew, (event, at) => void engine.push(event, at))
    for await (const batch of source.read())
      for (const line of batch)
        if ('event' in line) guard.take(line.event, Date.parse(line.event['@timestamp']))
    guard.end()
    engine.finish()
    before = engine.snapshot()
  }
  return before
}

/** Whether a new session is mostly of whoever began the one before. */
async function inTurn(source: Source): Promise<boolean> {
  const sessions = new Set<string>()
  let events = 0
  let same = 0
  let before: string | undefined
  for await (const batch of source.read()) {
    for (const line of batch) {
      if (!('event' in line)) continue
      events++
      const { user, tracewarden } = line.event
      const id = JSON.stringify([user?.id, tracewarden.session.id])
      if (user === undefined || sessions.has(id)) continue
      sessions.add(id)
      if (before === user.id) same++
      before = user.id
    }
    if (events >= LOOKED_AT) break
  }
  return same > sessions.size / 2
}
