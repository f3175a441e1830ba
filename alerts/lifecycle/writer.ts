import type { Documents } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import type { EventDraft } from '../../core/event.ts'
import type { Identity } from '../../gateway/port.ts'
import { fail } from '../errors.ts'
import { type Alert, keysOf } from './alert.ts'
import { isConflict } from './conflict.ts'
import { type Step, triageEvent } from './triage-event.ts'

const ATTEMPTS = 8

/** How alerts are changed: by compare-and-set, and never without a record. */
export function createWriter(deps: {
  documents: Documents
  clock: Clock
  emit: (draft: EventDraft) => Promise<void>
  changed: (id: string) => void
}) {
  const { documents, clock } = deps
  return {
    /** @throws TW_ALERT_UNKNOWN */
    async existing(id: string): Promise<Alert> {
      const stored = await documents.get<Alert>('alert', id)
      if (!stored) throw fail('TW_ALERT_UNKNOWN', { id })
      return stored.body
    },
    /** Reads, changes and writes one alert until nobody wrote in between. @throws TW_ALERT_UNKNOWN, TW_ALERT_BUSY */
    async change(id: string, next: (alert: Alert) => Alert): Promise<Alert> {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const stored = await documents.get<Alert>('alert', id)
        if (!stored) throw fail('TW_ALERT_UNKNOWN', { id })
        const body = next(stored.body)
        try {
          await documents.put('alert', id, body, {
            expect: stored.version,
            keys: keysOf(body, 'yes'),
            at: body['@timestamp'],
          })
          deps.changed(id)
          return body
        } catch (error) {
          if (!isConflict(error)) throw error
        }
      }
      throw fail('TW_ALERT_BUSY', { id })
    },
    /** Runs a step and records it, or its refusal: who watches is watched too. */
    async recorded<T>(by: Identity, step: Step, act: () => Promise<T>): Promise<T> {
      let result: T
      try {
        result = await act()
      } catch (error) {
        if (error instanceof CodedError && error.status < 500)
          await deps.emit(triageEvent(clock, by, { ...step, refused: error.code }))
        throw error
      }
      await deps.emit(triageEvent(clock, by, step))
      return result
    },
  }
}
