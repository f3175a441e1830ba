/** The detectors' outside: findings, their config and catalogue, the running detectors and backtests. */

export { type BacktestOptions, backtest, type Summary as BacktestSummary } from './backtest/backtest.ts'
export { type CompareOptions, type Comparison, compareConfigs } from './backtest/compare.ts'
export type { Change as AlertChange, Tally as AlertTally } from './backtest/difference.ts'
export { storedHistory } from './backtest/stored.ts'
export { type CatalogEntry, detectorCatalog, isDeterministic } from './catalog.ts'
export { checkDetectors, type DetectorProblem, type Known as KnownPeople } from './check.ts'
export { type DetectorsConfig, detectorsConfig } from './config.ts'
export { detectorsOf } from './detectors.ts'
export { createEngine } from './engine/engine.ts'
export type { ScoreRow } from './engine/host.ts'
export type { Engine, EngineOptions } from './engine/options.ts'
export { detectorsErrors } from './errors.ts'
export { createFeedback, type Feedback } from './feedback/feedback.ts'
export type { Verdict } from './feedback/verdict.ts'
export { type Evidence, type Finding, type Notice, SEVERITIES, type Severity } from './finding.ts'
export { type DetectorsMetrics, detectorsMetrics } from './metrics.ts'
export {
  createRiskWriter,
  type RiskReader,
  type RiskWriter,
  startRiskReader,
  type UserRisk,
} from './risk/book.ts'
export { DETECTORS as shippedDetectors } from './rules/index.ts'
export { type DetectorsDeps, type RunningDetectors, startDetectors } from './runtime/start.ts'
export { compileSigma, type SigmaFile } from './sigma/sigma.ts'
