import { resolve } from 'node:path'
import { type AlertStatus, detectionFinding, listAlerts } from '../../alerts/port.ts'
import { openStore } from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import { createLogger } from '../../core/log.ts'
import { lintConfig } from '../config/lint.ts'
import { loadConfig } from '../config/load.ts'
import { jsonLine } from '../output.ts'

export type AlertFormat = 'json' | 'ocsf'

const PAGE = 500

interface Options {
  config: string
  format: AlertFormat
  status?: AlertStatus
  from?: string
  to?: string
}

/** `alerts`: those of the store as NDJSON, newest first, for another system to take. */
export async function alertsCommand({ config: file, format, ...query }: Options): Promise<void> {
  const config = loadConfig(file, { env: process.env, lint: lintConfig })
  const { documents, close } = await openStore(config.store, {
    ...{ dataDir: resolve(config.data), log: createLogger('warn'), clock: systemClock },
  })
  const { url } = config.console
  try {
    let after: string | undefined
    do {
      const page = await listAlerts(documents, {
        ...query,
        limit: PAGE,
        ...(after !== undefined && { after }),
      })
      for (const alert of page.alerts)
        jsonLine(
          format === 'ocsf' ? detectionFinding(alert, url === undefined ? {} : { console: url }) : alert,
        )
      after = page.next
    } while (after !== undefined)
  } finally {
    await close()
  }
}
