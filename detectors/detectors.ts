import type { DetectorsConfig } from './config.ts'
import type { Detector } from './engine/detector.ts'
import { DETECTORS } from './rules/index.ts'
import { compileSigma } from './sigma/sigma.ts'

/** Those that are shipped, and the Sigma rules of a config that was checked. */
export const detectorsOf = ({ sigmaFiles = [] }: Pick<DetectorsConfig, 'sigmaFiles'>): readonly Detector[] =>
  sigmaFiles.length ? [...DETECTORS, ...compileSigma(sigmaFiles).detectors] : DETECTORS
