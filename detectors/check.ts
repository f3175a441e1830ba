import { IANAZone } from 'luxon'
import { judgePattern } from '../core/cel/pattern.ts'
import { type DetectorsConfig, WHOLE_OPTIONS } from './config.ts'
import type { Detector } from './engine/detector.ts'
import { DETECTORS } from './rules/index.ts'
import { compileSigma } from './sigma/sigma.ts'

/** What is wrong with the `detectors` part of a config, and where in it. */
export interface DetectorProblem {
  /** `['rules', 'volume-spike', 'minimum']` */
  path: readonly PropertyKey[]
  message: string
  /** Where it stands, if not in the config file itself. */
  at?: { file: string; line: number; column: number }
}

/** What the rest of the config knows; a set that is absent may hold anything. */
export interface Known {
  roles?: ReadonlySet<string>
  users?: ReadonlySet<string>
}

/** Unknown detectors, options, roles and users are refused: a typo must not switch detection off. */
export function checkDetectors(config: DetectorsConfig, known: Known = {}): DetectorProblem[] {
  const problems: DetectorProblem[] = []
  if (!IANAZone.isValidZone(config.timezone))
    problems.push({ path: ['timezone'], message: 'expected an IANA time zone such as Europe/Berlin' })
  const sigma = compileSigma(config.sigmaFiles ?? [], judgePattern)
  for (const { message, file, line, column } of sigma.problems)
    problems.push({ path: ['sigma'], message, at: { file, line, column } })
  const all = [...DETECTORS, ...sigma.detectors]
  problems.push(...checkCalendar(config, known, all))
  for (const [name, options] of Object.entries(config.rules)) {
    const path = ['rules', name]
    const detector = all.find((d) => d.name === name)
    if (!detector) {
      const names = all.map((d) => d.name).join(', ')
      problems.push({ path, message: `unknown detector; expected one of ${names}` })
      continue
    }
    problems.push(...checkOptions(detector, options, path), ...checkOverrides(detector, options, path, known))
  }
  return problems
}

/** Zones, people and detectors that holidays and exposures name. */
function* checkCalendar(
  { holidays, exposures }: DetectorsConfig,
  known: Known,
  all: readonly Detector[],
): Generator<DetectorProblem> {
  const counting = new Set(all.filter(({ counts }) => counts).map(({ name }) => name))
  const each = function* (
    path: readonly PropertyKey[],
    given: readonly string[] | undefined,
    right: ((name: string) => boolean) | undefined,
    message: () => string,
  ): Generator<DetectorProblem> {
    for (const [i, name] of (given ?? []).entries())
      if (right && !right(name)) yield { path: [...path, i], message: message() }
  }
  const among = (what: string, names: Iterable<string> | undefined) => () =>
    `unknown ${what}; expected one of ${[...(names ?? [])].sort().slice(0, 50).join(', ')}`
  const people = function* (
    path: readonly PropertyKey[],
    { zones, roles }: Pick<DetectorsConfig['holidays'][number], 'zones' | 'roles'>,
  ) {
    const zone = () => 'expected an IANA time zone such as Europe/Berlin'
    yield* each([...path, 'zones'], zones, IANAZone.isValidZone, zone)
    yield* each(
      [...path, 'roles'],
      roles,
      known.roles && ((name) => known.roles!.has(name)),
      among('role', known.roles),
    )
  }
  for (const [i, one] of holidays.entries()) yield* people(['holidays', i], one)
  for (const [i, one] of exposures.entries()) {
    const path = ['exposures', i]
    yield* people(path, one)
    const { users, detectors } = one
    yield* each(
      [...path, 'users'],
      users,
      known.users && ((name) => known.users!.has(name)),
      among('user', known.users),
    )
    yield* each(
      [...path, 'detectors'],
      detectors,
      (name) => counting.has(name),
      among('detector that counts what is read', counting),
    )
  }
}

function* checkOptions(
  detector: Detector,
  options: unknown,
  path: readonly PropertyKey[],
  wanted: (key: PropertyKey | undefined) => boolean = () => true,
): Generator<DetectorProblem> {
  const parsed = detector.options.safeParse(options)
  for (const issue of parsed.error?.issues ?? []) {
    if (issue.code !== 'unrecognized_keys') {
      if (wanted(issue.path[0])) yield { path: [...path, ...issue.path], message: issue.message }
      continue
    }
    for (const key of issue.keys)
      if (wanted(issue.path[0] ?? key))
        yield { path: [...path, ...issue.path, key], message: `unknown option${expected(detector)}` }
  }
  const { windows } = parsed.data ?? {}
  if (windows && !windows.some((window) => detector.scales.some((scale) => scale === window)))
    yield {
      path: [...path, 'windows'],
      message: `${detector.name} would judge nothing; expected some of ${detector.scales.join(', ')}`,
    }
}

function* checkOverrides(
  detector: Detector,
  options: DetectorsConfig['rules'][string],
  path: readonly PropertyKey[],
  known: Known,
): Generator<DetectorProblem> {
  const { roles, users, ...own } = options
  for (const [kind, overrides] of Object.entries({ roles, users }))
    for (const [name, override] of Object.entries(overrides)) {
      const at = [...path, kind, name]
      const names = kind === 'roles' ? known.roles : known.users
      if (names && !names.has(name))
        yield {
          path: at,
          message: `unknown ${kind.slice(0, -1)}; expected one of ${[...names].sort().slice(0, 50).join(', ')}`,
        }
      for (const key of Object.keys(override))
        if (WHOLE_OPTIONS.has(key))
          yield { path: [...at, key], message: 'can be set for the whole detector only' }
      // What is wrong with the detector's own options was said once.
      const merged = { ...own, ...override }
      yield* checkOptions(detector, merged, at, (key) => key !== undefined && Object.hasOwn(override, key))
    }
}

/** The options of a detector that are its own. */
function expected({ options }: Detector): string {
  const shape: unknown = 'shape' in options ? options.shape : undefined
  const names = typeof shape === 'object' && shape !== null ? Object.keys(shape) : []
  return names.length ? `; expected one of ${names.join(', ')}` : ''
}
