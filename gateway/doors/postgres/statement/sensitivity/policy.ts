import { createHash } from 'node:crypto'
import { canonical } from '../../../../../core/canonical.ts'
import type { PostgresConnection, PostgresTable } from '../../../../config/postgres.ts'
import type { MaskingConfig } from '../../../../config.ts'
import type { CompiledMasking } from '../../../../masking/compile.ts'
import { type Glob, matches, parseGlob } from '../../../../masking/paths/glob.ts'

/** A declaration of config, compiled. */
export interface TableEntry {
  /** No wildcard in its name. */
  readonly exact: boolean
  readonly covers: (schema: string, table: string) => boolean
  readonly table: PostgresTable
}

/** What statements on one connection are judged by. */
export interface PostgresPolicy {
  /** Changes with anything below. */
  readonly hash: string
  readonly tables: readonly TableEntry[]
  readonly catalogue: boolean
  readonly functions: ReadonlySet<string>
  readonly writes: boolean
  readonly masking: CompiledMasking
}

/** @throws TW_MASK_PATH for a malformed glob */
export function compilePostgresPolicy(
  connection: Pick<PostgresConnection, 'tables' | 'catalogue' | 'functions' | 'writes'>,
  config: MaskingConfig,
  masking: CompiledMasking,
): PostgresPolicy {
  const { tables, catalogue, functions, writes } = connection
  const text = canonical({ tables, catalogue, functions, writes, config })
  return Object.freeze({
    hash: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    tables: tables.map(entryOf),
    catalogue: catalogue === 'allow',
    functions: new Set(functions.map((signature) => signature.replace(/\s*,\s*/g, ','))),
    writes: writes === 'pass',
    masking,
  })
}

function entryOf(table: PostgresTable): TableEntry {
  const dot = table.name.indexOf('.')
  const [schema, name] = [table.name.slice(0, dot), table.name.slice(dot + 1)]
  if (!table.name.includes('*')) return { exact: true, table, covers: (s, t) => s === schema && t === name }
  const glob: Glob = parseGlob(`${segment(schema, true)}.${segment(name, true)}`, 'connections[].tables')
  return { exact: false, table, covers: (s, t) => matches(glob, [segment(s), segment(t)]) }
}

/** An identifier as a segment of a path: dots and stars of odd names must not read as path syntax. */
export const segment = (identifier: string, wild = false): string =>
  identifier.replace(wild ? /\./g : /[.*]/g, '_').toLowerCase() || '_'
