import type { AlertChange, AlertTally, Comparison } from '../../detectors/port.ts'

/** Lines of single alerts and users at most; `--json` gives them all. */
const MOST = 50

/** What another config would change, for whoever has to decide: totals, then detectors, then alert by alert. */
export function comparisonText(changes: readonly AlertChange[], comparison: Comparison): string {
  const { now, other, by_detector, by_user, same, sooner, later } = comparison
  const lines = [
    `${now.alerts} alerts now, ${other.alerts} under the other config, from ${now.events} events of ${now.users} users in ${now.user_days} user-days.`,
    `${same} stay as they are; ${sooner} come sooner, ${later} later.`,
    '',
    ...table([
      ['detector', 'now', 'other', 'gained', 'lost', 'raised', 'lowered'],
      ...Object.entries(by_detector).map(([name, tally]) => [name, ...columns(tally)]),
    ]),
  ]
  lines.push(...proof(comparison))
  const users = Object.entries(by_user)
  if (users.length)
    lines.push(
      '',
      ...table([
        ['user', 'now', 'other', 'gained', 'lost', 'raised', 'lowered'],
        ...users.slice(0, MOST).map(([name, tally]) => [name, ...columns(tally)]),
      ]),
      ...rest(users.length),
    )
  if (changes.length) lines.push('', ...changes.slice(0, MOST).map(line), ...rest(changes.length))
  return lines.join('\n')
}

/** Only with labels: false alerts and recall, now → other. */
function proof({ now, other }: Comparison): string[] {
  if (!now.labels || !other.labels) return []
  const after = other.labels
  const kinds = Object.entries(now.labels.kinds).map(([kind, { incidents, found, recall }]) => {
    const then = after.kinds[kind]
    return [kind, String(incidents), `${found} → ${then?.found ?? 0}`, `${recall} → ${then?.recall ?? 0}`]
  })
  return [
    '',
    `False alerts per 1,000 user-days: ${now.labels.false_alerts_per_1000_user_days} → ${after.false_alerts_per_1000_user_days}.`,
    `Recall: ${now.labels.recall} → ${after.recall} (${now.labels.found} → ${after.found} of ${now.labels.incidents}).`,
    '',
    ...table([['kind', 'incidents', 'found', 'recall'], ...kinds]),
  ]
}

function line(change: AlertChange): string {
  const { alert } = change
  const where = `${alert['@timestamp']} ${alert.detector} ${alert.user?.id ?? ''}`
  if (change.type === 'changed')
    return `changed ${where}: ${change.severity.from} → ${change.severity.to}: ${alert.summary}`
  const truth =
    change.incidents && (change.incidents.length ? ` [${change.incidents.join(', ')}]` : ' [false]')
  const still = change.instead.length ? ` (that day told by ${change.instead.join(', ')})` : ''
  return `${change.type} ${where}: ${alert.severity}: ${alert.summary}${still}${truth ?? ''}`
}

const columns = ({ now, other, gained, lost, raised, lowered }: AlertTally) =>
  [now, other, gained, lost, raised, lowered].map(String)

const rest = (all: number): string[] => (all > MOST ? [`… and ${all - MOST} more: see --json`] : [])

/** The first column to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  )
}
