import type { detectorCatalog } from '../../detectors/port.ts'

type Entry = ReturnType<typeof detectorCatalog>[number]

interface Option {
  title?: string
  description?: string
  default?: unknown
  type?: string
}

/** docs/detectors.md: every detector with its technique, runbook, blind spots, options and examples. */
export function detectorsReference(catalog: readonly Entry[]): string {
  const parts = [
    '# Detectors',
    '',
    'Made from the detectors themselves by `npm run docs`; do not edit. The method is in [detection](detection.md). Options stand under `detectors.rules.NAME`; the examples run in the tests.',
    '',
  ]
  for (const entry of catalog) {
    parts.push(
      `## ${entry.name}`,
      '',
      `${entry.title}. Severity ${entry.severity}; MITRE ATT&CK ${entry.technique.join(', ')}; windows: ${entry.scales.join(', ')}.`,
      '',
    )
    parts.push('**What to do**', '', ...entry.runbook.map((step) => `1. ${step}`), '')
    parts.push('**Blind spots**', '', ...entry.blindSpots.map((spot) => `- ${spot}`), '')
    const options = Object.entries((entry.options.properties ?? {}) as Record<string, Option>)
    if (options.length) {
      parts.push('| option | what | default |', '|---|---|---|')
      for (const [name, { title, description, default: value }] of options)
        parts.push(
          `| \`${name}\` | ${[title, description].filter(Boolean).join(': ').replaceAll('|', '\\|')} | ${value === undefined ? '' : `\`${JSON.stringify(value)}\``} |`,
        )
      parts.push('')
    }
    parts.push(
      '**Examples**',
      '',
      ...entry.examples.map(({ name, fires }) => `- ${name}: ${fires ? 'alerts' : 'silent'}`),
      '',
    )
  }
  return `${parts.join('\n').trimEnd()}\n`
}
