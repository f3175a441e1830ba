import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { spoolConfig } from '../../collector/config.ts'
import type { Disk } from '../../collector/spool/disk.ts'
import { openSpool } from '../../collector/spool/open.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import type { EventDraft } from '../../core/event.ts'
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
