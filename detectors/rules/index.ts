import type { Detector } from '../engine/detector.ts'
import abruptEnd from './abrupt-end.ts'
import alertQuieting from './alert-quieting.ts'
import approvalStorm from './approval-storm.ts'
import breakGlass from './break-glass.ts'
import bypassThenVolume from './bypass-then-volume.ts'
import canary from './canary.ts'
import historicalReads from './historical-reads.ts'
import historicalThenAbrupt from './historical-then-abrupt.ts'
import maskingBypass from './masking-bypass.ts'
import offHours from './off-hours.ts'
import peerOutlier from './peer-outlier.ts'
import policyTamper from './policy-tamper.ts'
import recordingBrowsing from './recording-browsing.ts'
import refusalThenSalami from './refusal-then-salami.ts'
import reviewerPair from './reviewer-pair.ts'
import rubberStamp from './rubber-stamp.ts'
import salami from './salami.ts'
import slowCollection from './slow-collection.ts'
import teamBurst from './team-burst.ts'
import unusualAccess from './unusual-access.ts'
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
  unusualAccess,
  slowCollection,
  salami,
  offHours,
  peerOutlier,
  teamBurst,
  bypassThenVolume,
  refusalThenSalami,
  historicalThenAbrupt,
  // Who watches the watchers.
  reviewerPair,
  rubberStamp,
  alertQuieting,
  recordingBrowsing,
]
