import type { Documents, StoredDocument } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import { type Alert, keysOf } from './alert.ts'
import { isConflict } from './conflict.ts'
import { parseFinding } from './finding.ts'
import { absorb } from './machine.ts'
import { covers, type Suppressions } from './suppression.ts'

interface Deps {
  documents: Documents
  suppressions: Suppressions
  clock: Clock
  log: Logger
  changed: (id: string) => void
}

const BATCH = 200

/**
 * Turns what the detectors wrote into alerts. A finding is marked `taken` only after its alert is stored, by its
 * version: a crash in between, or a revision meanwhile, means it is read again, and the revision makes that harmless.
 */
export async function takeFindings(deps: Deps): Promise<number> {
  const { documents } = await deps.documents.list<unknown>('finding', {
    keys: { state: 'new' },
    limit: BATCH,
  })
  for (const stored of documents.toReversed()) await take(deps, stored)
  return documents.length
}

async function take(deps: Deps, stored: StoredDocument<unknown>): Promise<void> {
  const parsed = parseFinding(stored.id, stored.body)
  let state = 'taken'
  if ('problem' in parsed) {
    deps.log.error({ finding: stored.id, problem: parsed.problem }, 'a finding is malformed and set aside')
    state = 'malformed'
  } else {
    const { finding } = parsed
    const suppression = await deps.suppressions.find(finding.detector, finding.subject)
    for (;;) {
      const previous = await deps.documents.get<Alert>('alert', finding.id)
      const next = absorb(previous?.body, finding, suppression, iso(deps.clock.now()))
      if (!next) break
      try {
        await deps.documents.put('alert', next.id, next, {
          expect: previous?.version ?? 'absent',
          keys: keysOf(next, 'yes'),
          at: next['@timestamp'],
        })
        deps.changed(next.id)
        break
      } catch (error) {
        if (!isConflict(error)) throw error
      }
    }
  }
  try {
    await deps.documents.put('finding', stored.id, stored.body, {
      expect: stored.version,
      keys: { ...stored.keys, state },
      at: stored.at,
    })
  } catch (error) {
    if (!isConflict(error)) throw error
  }
}

/**
 * Ends suppressions that expired, were lifted, or that no signed document covers any more (so that writing
 * `suppression` into an alert hides nothing for long): the alert is told like a new one.
 */
export async function endSuppressions(deps: Deps): Promise<number> {
  const { documents } = await deps.documents.list<Alert>('alert', {
    keys: { suppressed: 'yes' },
    limit: BATCH,
  })
  let ended = 0
  for (const { body, version } of documents) {
    const now = iso(deps.clock.now())
    const suppression = await deps.suppressions.find(body.detector, body.subject)
    if (suppression && covers(suppression, body, now)) continue
    const next: Alert = {
      ...body,
      suppression: null,
      history: [...body.history, { at: now, by: 'system', via: 'system', change: 'no longer suppressed' }],
    }
    try {
      await deps.documents.put('alert', next.id, next, {
        expect: version,
        keys: keysOf(next, 'yes'),
        at: next['@timestamp'],
      })
      ended++
      deps.changed(next.id)
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
  return ended
}
