import { checkDetectors } from '../../detectors/port.ts'
import { lintPolicy } from '../../gateway/port.ts'
import type { Config } from './schema.ts'

/** What the schema cannot say: the rooms' own checks over the parsed config. */
export const lintConfig = (config: Config): readonly { path: readonly PropertyKey[]; message: string }[] => [
  ...lintPolicy(config),
  ...checkDetectors(config.detectors),
]
