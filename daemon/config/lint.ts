import { checkDetectors, type KnownPeople } from '../../detectors/port.ts'
import { lintPolicy, type MaskingCompiler, rememberMasking } from '../../gateway/port.ts'
import { isAddress, parseAddress } from '../http.ts'
import type { Lint, ParseOptions } from './parse.ts'
import type { Config } from './schema.ts'

/**
 * What the schema cannot say: the rooms' own checks over the parsed config. `masking` is what the daemon compiles with,
 * so that a config which is checked and then taken is compiled once.
 */
export const lintWith =
  (masking: MaskingCompiler): ParseOptions['lint'] =>
  (config) => [
    ...lintPolicy(config, masking),
    ...checkDetectors(config.detectors, peopleOf(config)).map((problem) => ({
      ...problem,
      path: ['detectors', ...problem.path],
    })),
    ...lintConsole(config),
  ]

export const lintConfig: ParseOptions['lint'] = (config) => lintWith(rememberMasking())(config)

/** Roles and users that can appear in events, as far as the config says; where a provider knows more, anybody may. */
function peopleOf({ identity }: Config): KnownPeople {
  const roles = new Set([
    ...identity.users.flatMap((user) => user.roles),
    ...Object.values(identity.roles).flat(),
  ])
  const open = identity.oidc.length > 0 || identity.saml.length > 0
  return {
    ...(roles.size > 0 && { roles }),
    ...(!open && identity.users.length > 0 && { users: new Set(identity.users.map(({ id }) => id)) }),
  }
}

function* lintConsole({ console, connections }: Config): Generator<Lint> {
  const path = ['console', 'listen']
  if (!isAddress(console.listen)) {
    yield { path, message: 'expected host:port, such as 127.0.0.1:7400' }
    return
  }
  const { port } = parseAddress(console.listen)
  const door = connections.find(({ listen }) => port !== 0 && listen === console.listen)
  if (door) yield { path, message: `is taken by connection ${door.name}; expected an address of its own` }
}
