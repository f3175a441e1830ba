import { IANAZone } from 'luxon'
import type { DetectorsConfig } from './config.ts'
import { DETECTORS } from './rules/index.ts'

/** What is wrong with the `detectors` part of a config, and where in it. */
export interface DetectorProblem {
  /** `['rules', 'volume-spike', 'minimum']` */
  path: readonly PropertyKey[]
  message: string
}

/** Unknown detectors and options are refused, with the names that would do; a typo must not switch detection off. */
export function checkDetectors(config: DetectorsConfig): DetectorProblem[] {
  const problems: DetectorProblem[] = []
  if (!IANAZone.isValidZone(config.timezone))
    problems.push({ path: ['timezone'], message: 'expected an IANA time zone such as Europe/Berlin' })
  for (const [name, options] of Object.entries(config.rules)) {
    const path = ['rules', name]
    const detector = DETECTORS.find((d) => d.name === name)
    if (!detector) {
      const names = DETECTORS.map((d) => d.name).join(', ')
      problems.push({ path, message: `unknown detector; expected one of ${names}` })
      continue
    }
    const parsed = detector.options.safeParse(options)
    if (parsed.success) continue
    for (const issue of parsed.error.issues)
      if (issue.code === 'unrecognized_keys')
        for (const key of issue.keys)
          problems.push({ path: [...path, ...issue.path, key], message: 'unknown option' })
      else problems.push({ path: [...path, ...issue.path], message: issue.message })
  }
  return problems
}
