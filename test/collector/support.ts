import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { chainHash, genesis } from '../../collector/audit/chain.ts'
import { spoolConfig } from '../../collector/config.ts'
import type { Disk } from '../../collector/spool/disk.ts'
import { openSpool } from '../../collector/spool/open.ts'
import type { Spool } from '../../collector/spool/spool.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import type { EventDraft, SessionEvent } from '../../core/event.ts'
import { createLogger } from '../../core/log.ts'
import { systemRandom } from '../../core/random.ts'
import { openMasterKey } from '../../core/secrets.ts'

export const log = createLogger('silent')

/** A spool in `<directory>/spool`, with its keys beside it. */
export function spoolIn(
  directory: string,
  config: Record<string, unknown> = {},
  deps: { disk?: Disk; gateway?: string; clock?: Clock } = {},
) {
  mkdirSync(join(directory, 'keys'), { recursive: true })
  return openSpool(spoolConfig.parse(config), {
    directory: join(directory, 'spool'),
    gateway: 'gw',
    master: openMasterKey(join(directory, 'keys')),
    clock: systemClock,
    random: systemRandom,
    log,
    ...deps,
  })
}

export const draft = (reason: string, user = 'u00001'): EventDraft => ({
  '@timestamp': new Date().toISOString(),
  event: { action: 'trace-read', outcome: 'success', reason },
  user: { id: user, email: `${user}@example.com` },
  source: { ip: '10.0.0.7' },
  tracewarden: { session: { id: 's1' }, traces: { count: 1 } },
})

/** Resolves when `condition` holds; looks again at every turn of the event loop. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** Everything that waits, in order, without acknowledging. */
export async function drained(spool: Spool): Promise<SessionEvent[]> {
  const all: SessionEvent[] = []
  for (;;) {
    const { events, position } = await spool.pending(7)
    if (events.length === 0) return all
    all.push(...events)
    await spool.acknowledge(position)
  }
}

/** Numbered from 1 and chained, without a gap. */
export const linked = (events: readonly SessionEvent[]): boolean =>
  events.every((event, i) => {
    const chain = event.tracewarden.chain!
    const prev = i ? events[i - 1]!.tracewarden.chain!.hash : genesis(chain.id).hash
    return event.event.sequence === i + 1 && chain.prev === prev && chain.hash === chainHash(event)
  })

/** Segments of the spool in `<directory>/spool`. */
export const files = (directory: string) =>
  readdirSync(join(directory, 'spool')).filter((name) => name.endsWith('.ndjson'))
