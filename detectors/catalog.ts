import { z } from 'zod'
import type { Severity } from './finding.ts'
import { DETECTORS } from './rules/index.ts'

/** A detector as documentation, console and runbooks show it. */
export interface CatalogEntry {
  name: string
  title: string
  technique: readonly string[]
  severity: Severity
  scales: readonly string[]
  runbook: readonly string[]
  blindSpots: readonly string[]
  /** JSON Schema of the options, with titles, descriptions and defaults. */
  options: Readonly<Record<string, unknown>>
  examples: readonly { name: string; fires: boolean }[]
}

export function detectorCatalog(): CatalogEntry[] {
  return DETECTORS.map(
    ({ name, title, technique, severity, scales, runbook, blindSpots, options, examples }) => ({
      ...{ name, title, technique, severity, scales, runbook, blindSpots },
      options: z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }),
      examples: examples.map(({ name, fires }) => ({ name, fires })),
    }),
  )
}
