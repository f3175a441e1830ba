import { checkDetectors } from '../../detectors/port.ts'
import { lintPolicy, type MaskingCompiler, rememberMasking } from '../../gateway/port.ts'
import { isAddress, parseAddress } from '../http.ts'
import type { ParseOptions } from './parse.ts'
import type { Config } from './schema.ts'

type Problem = ReturnType<ParseOptions['lint']>[number]

/**
 * What the schema cannot say: the rooms' own checks over the parsed config. `masking` is what the daemon compiles with,
 * so that a config which is checked and then taken is compiled once.
 */
export const lintWith =
  (masking: MaskingCompiler): ParseOptions['lint'] =>
  (config) => [
    ...lintPolicy(config, masking),
    ...checkDetectors(config.detectors).map(({ path, message }) => ({
      path: ['detectors', ...path],
      message,
    })),
    ...lintConsole(config),
  ]

export const lintConfig: ParseOptions['lint'] = (config) => lintWith(rememberMasking())(config)

function* lintConsole({ console, connections }: Config): Generator<Problem> {
  const path = ['console', 'listen']
  if (!isAddress(console.listen)) {
    yield { path, message: 'expected host:port, such as 127.0.0.1:7400' }
    return
  }
  const { port } = parseAddress(console.listen)
  const door = connections.find(({ listen }) => port !== 0 && listen === console.listen)
  if (door) yield { path, message: `is taken by connection ${door.name}; expected an address of its own` }
}
