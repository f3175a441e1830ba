import { fail } from '../errors.ts'
import { Fields } from '../wire/inbox.ts'
import type { Client } from './client.ts'

/** What a client said when it connected, as far as it may be said. */
export interface Startup {
  readonly user: string
  readonly database: string
  readonly application: string
  /** Settings that only change how values look, by their names at the server. */
  readonly settings: Readonly<Record<string, string>>
  readonly searchPath?: readonly string[]
  /** Protocol options that are not known here. */
  readonly unknownOptions: readonly string[]
}

type Check = (value: string) => boolean

const anything: Check = (value) => value.length <= 200 && !/[\0\n]/.test(value)
const UTF8 = /^(?:'?utf-?8'?|'?unicode'?)$/i

/** Beyond these a startup parameter is refused: with some of them a constant for the parser is a column for the server. */
const SETTINGS: Readonly<Record<string, { name: string; check: Check }>> = {
  datestyle: { name: 'DateStyle', check: (value) => /^iso\b[\s,a-z]*$/i.test(value) },
  extra_float_digits: { name: 'extra_float_digits', check: (value) => /^-?\d{1,2}$/.test(value) },
  geqo: { name: 'geqo', check: (value) => /^(?:on|off)$/i.test(value) },
  intervalstyle: { name: 'IntervalStyle', check: (value) => /^[a-z_0-9]+$/i.test(value) },
  timezone: { name: 'TimeZone', check: anything },
}
/** A time limit may be shortened. */
const LIMIT = /^[1-9]\d{0,8}$/

/** @throws TW_PG_STARTUP, TW_PG_REPLICATION */
export function readStartup(packet: Buffer, minor: number): Startup {
  const fields = new Fields({ buf: packet, start: 0, end: packet.length })
  const given = new Map<string, string>()
  const unknownOptions: string[] = []
  for (let name = fields.text(); name !== ''; name = fields.text()) {
    const value = fields.text()
    if (name.startsWith('_pq_.')) unknownOptions.push(name)
    else if (given.has(name)) throw fail('TW_PG_STARTUP', { problem: 'a parameter is given twice' })
    else given.set(name, value)
  }
  fields.done()
  if (minor > 2) unknownOptions.length = Math.min(unknownOptions.length, 20)
  return startupOf(given, unknownOptions)
}

function startupOf(given: ReadonlyMap<string, string>, unknownOptions: readonly string[]): Startup {
  const settings: Record<string, string> = {}
  let searchPath: readonly string[] | undefined
  const set = (name: string, value: string) => {
    const lower = name.toLowerCase()
    const known = SETTINGS[lower]
    if (known) {
      if (!known.check(value))
        throw fail('TW_PG_STARTUP', { problem: `${known.name} has a value that is not offered` })
      settings[known.name] = value
    } else if (lower === 'client_encoding') {
      if (!UTF8.test(value)) throw fail('TW_PG_STARTUP', { problem: 'client_encoding is not UTF8' })
    } else if (lower === 'standard_conforming_strings') {
      if (!/^(?:on|true|1)$/i.test(value))
        throw fail('TW_PG_STARTUP', { problem: 'standard_conforming_strings is off' })
    } else if (lower === 'statement_timeout') {
      if (!LIMIT.test(value)) throw fail('TW_PG_STARTUP', { problem: 'statement_timeout is not in ms' })
      settings.statement_timeout = value
    } else if (lower === 'search_path') searchPath = pathOf(value)
    else if (lower === 'replication') {
      if (!/^(?:false|off|no|0)$/i.test(value)) throw fail('TW_PG_REPLICATION')
    } else if (lower === 'options') for (const [key, option] of optionsOf(value)) set(key, option)
    else throw fail('TW_PG_STARTUP', { problem: `the parameter ${printable(name)} is not offered` })
  }
  const user = given.get('user') ?? ''
  if (user === '') throw fail('TW_PG_STARTUP', { problem: 'no user is given' })
  for (const [name, value] of given)
    if (!['user', 'database', 'application_name'].includes(name)) set(name, value)
  return {
    user,
    database: given.get('database') ?? '',
    application: (given.get('application_name') ?? '').slice(0, 100),
    settings,
    ...(searchPath === undefined ? {} : { searchPath }),
    unknownOptions,
  }
}

/** `-c name=value` and `--name=value`; nothing else is an option here. */
function optionsOf(text: string): [string, string][] {
  const words = text.match(/(?:\\.|[^\s\\])+/g) ?? []
  const found: [string, string][] = []
  for (let i = 0; i < words.length; i++) {
    let word = words[i]!.replace(/\\(.)/g, '$1')
    if (word === '-c') word = `-c${(words[++i] ?? '').replace(/\\(.)/g, '$1')}`
    const match = /^(?:-c|--)([A-Za-z_.-]+)=(.*)$/s.exec(word)
    if (!match) throw fail('TW_PG_STARTUP', { problem: 'options holds something other than -c name=value' })
    const name = match[1]!.replaceAll('-', '_')
    if (name === 'options') throw fail('TW_PG_STARTUP', { problem: 'options holds options' })
    found.push([name, match[2]!])
  }
  return found
}

/** A list of schema names, quoted or not. */
export function pathOf(value: string): string[] {
  const names: string[] = []
  const token = /\s*(?:"((?:[^"]|"")*)"|([^\s",]+))\s*(,|$)/y
  while (token.lastIndex < value.length) {
    const match = token.exec(value)
    if (!match) throw fail('TW_PG_STARTUP', { problem: 'search_path is not a list of names' })
    const [, quoted, bare, comma] = match
    names.push(quoted === undefined ? (bare ?? '').toLowerCase() : quoted.replaceAll('""', '"'))
    if (comma === '') break
  }
  return names
}

const printable = (name: string) => (/^[\w.]{1,63}$/.test(name) ? name : 'with an odd name')

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/** What the client's session at the database begins with. What parsing rests on is pinned. */
export function backendParameters({ startup, door, searchPath, identity }: Client): Record<string, string> {
  const { timeout, writes } = door.connection
  const asked = Number(startup.settings.statement_timeout ?? Number.POSITIVE_INFINITY)
  return {
    DateStyle: 'ISO',
    ...startup.settings,
    application_name: `tracewarden ${identity.person.user}`.slice(0, 63),
    client_encoding: 'UTF8',
    standard_conforming_strings: 'on',
    bytea_output: 'hex',
    search_path: searchPath.map(quoted).join(', '),
    statement_timeout: String(Math.min(asked, timeout)),
    ...(writes === 'pass' ? {} : { default_transaction_read_only: 'on' }),
  }
}
