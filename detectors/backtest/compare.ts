import type { DetectorsConfig } from '../config.ts'
import type { Finding } from '../finding.ts'
import { type BacktestOptions, backtest, type Summary } from './backtest.ts'
import { type Change, type Difference, difference } from './difference.ts'
import { readLabels } from './labels.ts'

export interface CompareOptions extends Omit<BacktestOptions, 'scores' | 'out'> {
  other: DetectorsConfig
}

/** Two backtests over the same events, and what lies between them. */
export interface Comparison extends Omit<Difference, 'changes'> {
  type: 'comparison'
  now: Summary
  other: Summary
}

/**
 * What would be gained and lost under another config: the same events are run through the detectors twice. The same
 * input gives the same answer, to the byte; memory grows with users and alerts, not with events.
 * @throws what `backtest` throws
 */
export async function compareConfigs(
  options: CompareOptions,
): Promise<{ changes: readonly Change[]; comparison: Comparison }> {
  const { other: otherConfig, onProblem, ...common } = options
  const labels = options.labels === undefined ? undefined : readLabels(options.labels)
  const now = await run({ ...common, ...(onProblem && { onProblem }) })
  // The lines that are no events were told already.
  const other = await run({ ...common, config: otherConfig })
  const { changes, ...counts } = difference(now.alerts, other.alerts, labels)
  return { changes, comparison: { type: 'comparison', now: now.summary, other: other.summary, ...counts } }
}

async function run(options: Omit<BacktestOptions, 'out'>): Promise<{ alerts: Finding[]; summary: Summary }> {
  const alerts: Finding[] = []
  const summary = await backtest({ ...options, out() {}, onAlert: (alert) => alerts.push(alert) })
  return { alerts, summary }
}
