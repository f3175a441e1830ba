import { checkDetectors } from '../../detectors/port.ts'
import { lintPolicy, type MaskingCompiler, rememberMasking } from '../../gateway/port.ts'
import type { ParseOptions } from './parse.ts'

/**
 * What the schema cannot say: the rooms' own checks over the parsed config. `masking` is what the daemon compiles with,
 * so that a config which is checked and then taken is compiled once.
 */
export const lintWith =
  (masking: MaskingCompiler): ParseOptions['lint'] =>
  (config) => [...lintPolicy(config, masking), ...checkDetectors(config.detectors)]

export const lintConfig: ParseOptions['lint'] = (config) => lintWith(rememberMasking())(config)
