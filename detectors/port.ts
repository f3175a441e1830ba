/** The detectors' outside. */
export { type DetectorsConfig, detectorsConfig } from './config.ts'
export { type Evidence, type Finding, SEVERITIES, type Severity } from './finding.ts'
