import type { Detector } from '../engine/detector.ts'
import abruptEnd from './abrupt-end.ts'
import approvalStorm from './approval-storm.ts'
import breakGlass from './break-glass.ts'
import canary from './canary.ts'
import historicalReads from './historical-reads.ts'
import maskingBypass from './masking-bypass.ts'
import policyTamper from './policy-tamper.ts'
import volumeSpike from './volume-spike.ts'

/** Every detector there is. Nothing registers itself by being imported. */
export const DETECTORS: readonly Detector[] = [
  volumeSpike,
  historicalReads,
  maskingBypass,
  approvalStorm,
  abruptEnd,
  policyTamper,
  canary,
  breakGlass,
]
