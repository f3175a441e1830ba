import { z } from 'zod'
import type { Detector } from './engine/detector.ts'
import type { Severity } from './finding.ts'
import { DETECTORS } from './rules/index.ts'

/** A detector as documentation, console and runbooks show it. */
export interface CatalogEntry {
  name: string
  title: string
  technique: readonly string[]
  severity: Severity
  /** States facts: no budget, verdict or suppression keeps it quiet. */
  deterministic: boolean
  scales: readonly string[]
  runbook: readonly string[]
  blindSpots: readonly string[]
  /** JSON Schema of the options, with titles, descriptions and defaults. */
  options: Readonly<Record<string, unknown>>
  examples: readonly { name: string; fires: boolean }[]
}

/** By name; what is not shipped is not. */
export const isDeterministic = (name: string): boolean =>
  DETECTORS.some((detector) => detector.name === name && certain(detector))

const certain = ({ share, notice }: Detector) => share === 0 && !notice

export function detectorCatalog(detectors: readonly Detector[] = DETECTORS): CatalogEntry[] {
  return detectors.map((detector) => {
    const { name, title, technique, severity, scales, runbook, blindSpots, options, examples } = detector
    return {
      ...{ name, title, technique, severity, scales, runbook, blindSpots },
      deterministic: certain(detector),
      options: z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }),
      examples: examples.map(({ name, fires }) => ({ name, fires })),
    }
  })
}
