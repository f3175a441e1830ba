import { BlockList, isIP } from 'node:net'
import { globMatch, parseGlob } from './glob.ts'
import { invalid, unsupported } from './problem.ts'

/** Whether any of a field's values is what is wanted. */
export type Test = (values: readonly unknown[]) => boolean

const WHERE = new Set(['contains', 'startswith', 'endswith'])
const ORDER: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  lt: (value, limit) => value < limit,
  lte: (value, limit) => value <= limit,
  gt: (value, limit) => value > limit,
  gte: (value, limit) => value >= limit,
}
const FLAGS = new Set(['i', 'm', 's'])
const SUPPORTED =
  'contains, startswith, endswith, re (with i, m, s), cidr, cased, exists, lt, lte, gt, gte, all'

/** One wanted value under its modifiers (`all` aside). @throws Refusal */
export function compileValue(
  wanted: unknown,
  modifiers: readonly string[],
  judge: (pattern: string) => string | undefined,
): Test {
  const [first, ...rest] = modifiers
  if (first === 're') return regular(wanted, rest, judge)
  if (first === 'cidr') return alone(rest, 'cidr', network(wanted))
  if (first === 'exists') return alone(rest, 'exists', presence(wanted))
  const compare = first === undefined ? undefined : ORDER[first]
  if (compare && first !== undefined) return alone(rest, first, ordered(wanted, first, compare))
  const cased = modifiers.includes('cased')
  const where = modifiers.filter((modifier) => modifier !== 'cased')
  const [place] = where
  if (place !== undefined && !WHERE.has(place))
    throw unsupported(`the modifier ${place}: there is ${SUPPORTED}`)
  if (where.length > 1) throw invalid(`the modifiers ${where.join(', ')} exclude each other`)
  return plain(wanted, place, cased)
}

function plain(wanted: unknown, place: string | undefined, cased: boolean): Test {
  if (wanted === null && place === undefined) return (values) => values.length === 0
  if (typeof wanted !== 'string' && typeof wanted !== 'number' && typeof wanted !== 'boolean')
    throw invalid('expected text, a number, true, false or null')
  const glob = parseGlob(String(wanted), {
    ...{ cased, open: place === 'contains' || place === 'endswith' },
    until: place === 'contains' || place === 'startswith',
  })
  return (values) => values.some((value) => typeof value !== 'object' && globMatch(glob, String(value)))
}

function regular(
  wanted: unknown,
  flags: readonly string[],
  judge: (pattern: string) => string | undefined,
): Test {
  if (typeof wanted !== 'string') throw invalid('expected a regular expression')
  for (const flag of flags) if (!FLAGS.has(flag)) throw unsupported(`${flag} after re: there is i, m, s`)
  let pattern: RegExp
  try {
    pattern = new RegExp(wanted, `u${[...new Set(flags)].join('')}`)
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : 'not a regular expression')
  }
  const problem = judge(wanted)
  if (problem) throw invalid(problem)
  return (values) => values.some((value) => typeof value !== 'object' && pattern.test(String(value)))
}

function network(wanted: unknown): Test {
  const [address = '', length = ''] = String(wanted).split('/')
  const family = isIP(address)
  const bits = Number(length)
  if (family === 0 || !/^\d+$/.test(length) || bits > (family === 4 ? 32 : 128))
    throw invalid('expected a network such as 10.0.0.0/8')
  const block = new BlockList()
  block.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  return (values) =>
    values.some((value) => {
      const text = String(value)
      const kind = isIP(text)
      return kind !== 0 && block.check(text, kind === 4 ? 'ipv4' : 'ipv6')
    })
}

function presence(wanted: unknown): Test {
  if (typeof wanted !== 'boolean') throw invalid('expected true or false after exists')
  return (values) => values.length > 0 === wanted
}

function ordered(wanted: unknown, name: string, compare: (value: number, limit: number) => boolean): Test {
  if (typeof wanted !== 'number') throw invalid(`expected a number after ${name}`)
  return (values) => values.some((value) => typeof value === 'number' && compare(value, wanted))
}

function alone(rest: readonly string[], name: string, test: Test): Test {
  if (rest.length) throw invalid(`${name} goes with no other modifier`)
  return test
}
