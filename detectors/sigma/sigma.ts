import type { Detector } from '../engine/detector.ts'
import { sigmaDetector } from './detector.ts'
import { problemAt, type SigmaProblem } from './problem.ts'
import { readRules, type SigmaRule } from './rule.ts'

/**
 * Sigma rules over session events: deterministic detectors that an admin writes as YAML.
 *
 *   rule       title, level, tags, false positives, and a detection
 *   selection  a named match over fields of one event: a map (all of it) or a list of maps (any of them)
 *   modifier   how a field is matched, after a bar: `user_agent.original|contains`
 *   condition  selections joined by and, or, not, `1 of NAME*`, `all of them`
 *
 * The format is that of the Sigma specification 2, as far as one event decides; what needs several events (correlations,
 * aggregations, time frames) or another log's fields is refused, never read as something else.
 */
export interface SigmaFile {
  /** As the config's reader shows it. */
  file: string
  text: string
}

export interface SigmaRules {
  detectors: readonly Detector[]
  problems: readonly SigmaProblem[]
}

/**
 * The rules of these files as detectors, one each, named `sigma-…`; a file that is wrong gives none of its rules.
 * @param judge says what is wrong with a regular expression, e.g. that it can backtrack badly
 */
export function compileSigma(
  files: readonly SigmaFile[],
  judge: (pattern: string) => string | undefined = () => undefined,
): SigmaRules {
  const detectors: Detector[] = []
  const problems: SigmaProblem[] = []
  const names = new Map<string, string>()
  for (const file of files) {
    const read = readRules(file, judge)
    problems.push(...read.problems)
    if (read.problems.length === 0)
      for (const rule of read.rules) {
        const twin = names.get(rule.name)
        if (twin !== undefined) problems.push(duplicate(file, rule, twin))
        else detectors.push(sigmaDetector(rule))
        names.set(rule.name, file.file)
      }
  }
  return { detectors, problems }
}

const duplicate = ({ file }: SigmaFile, { name, line }: SigmaRule, twin: string): SigmaProblem =>
  problemAt(
    { file, line, column: 1 },
    'TW_DETECTORS_SIGMA_INVALID',
    `${name} is the name of a rule in ${twin} too`,
  )
