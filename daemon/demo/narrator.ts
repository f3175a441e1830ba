import type { Alert } from '../../alerts/port.ts'
import { detectorCatalog } from '../../detectors/port.ts'
import { message } from '../output.ts'

/** Tells what happens, as it happens, on standard error; standard output keeps the ready line. */
export interface Narrator {
  tell(line: string): void
  alert(alert: Alert, seconds: number): void
}

const COLORS: Readonly<Record<string, number>> = { critical: 35, high: 31, medium: 33, low: 36 }

export function createNarrator(color: boolean): Narrator {
  const titles = new Map(detectorCatalog().map(({ name, title }) => [name, title]))
  const paint = (code: number, text: string) => (color ? `\x1b[${code}m${text}\x1b[0m` : text)
  return {
    tell: (line) => message(`  ${line}`),
    alert({ severity, detector, summary, user }, seconds) {
      const label = paint(COLORS[severity] ?? 0, `ALERT ${severity}`)
      const title = titles.get(detector) ?? detector
      const told = paint(2, `(${detector}, ${seconds} s after the ready line)`)
      message(`  ${label} ${title} · ${user?.id ?? 'nobody'} · ${summary} ${told}`)
    },
  }
}

/**
 * Follows the console's own API, so that what the terminal tells is what an analyst sees. Ends with the signal.
 */
export async function followAlerts(
  console: string,
  token: string,
  narrator: Narrator,
  since: number,
  signal: AbortSignal,
): Promise<void> {
  const told = new Map<string, string>()
  while (!signal.aborted) {
    const answer = await fetch(`${console}/api/v1/alerts?limit=100`, {
      headers: { authorization: `Bearer ${token}` },
      signal,
    }).catch(() => undefined)
    const { alerts = [] } = answer?.ok ? ((await answer.json()) as { alerts: Alert[] }) : {}
    for (const alert of [...alerts].reverse()) {
      // A later revision is told again only when it became more severe.
      if (told.get(alert.id) === alert.severity || Date.parse(alert['@timestamp']) < since - 60_000) continue
      told.set(alert.id, alert.severity)
      narrator.alert(alert, Math.round((Date.now() - since) / 1000))
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
