import { CATALOGUE_FUNCTIONS, FUNCTIONS, SCHEMA_FUNCTIONS } from '../allow/functions.ts'
import { SETTINGS, SHOWN } from '../allow/settings.ts'
import { refuse } from '../errors.ts'
import type { FuncCall } from '../parser/tree.ts'
import type { Binding, Use } from './binding.ts'
import { bindExpression, bindWindow, type Place } from './expression.ts'
import { namesOf, placeOf, stringNode, textOf } from './names.ts'
import { schemasOf } from './search-path.ts'

const AGGREGATES = new Set(
  'count sum avg min max string_agg array_agg bool_and bool_or every json_agg jsonb_agg mode percentile_cont percentile_disc stddev variance any_value'.split(
    ' ',
  ),
)

/** Judges a call and qualifies its name, so that no function of another schema answers instead. */
export function bindCall(binding: Binding, call: FuncCall, place: Place, use: Use): void {
  const names = namesOf(call.funcname) ?? []
  const name = names.at(-1) ?? ''
  const schema = schemaOf(binding, names, call)
  call.funcname = [stringNode(schema), stringNode(name)]
  const inside: Use = {
    as: use.as === 'value' && AGGREGATES.has(name) ? 'aggregate' : use.as,
    operator: name,
  }
  for (const argument of call.args ?? []) bindExpression(binding, argument, place, inside)
  bindExpression(binding, call.agg_filter, place, { as: 'filter', operator: 'FILTER' })
  for (const node of call.agg_order ?? [])
    if ('SortBy' in node)
      bindExpression(binding, node.SortBy.node, place, { as: 'sort', operator: 'ORDER BY' })
  if (call.over) bindWindow(binding, call.over, place)
}

/** The schema of the function that may be called. @throws TW_SQL_FUNCTION, TW_SQL_SETTING */
export function schemaOf(binding: Binding, names: readonly string[], call: FuncCall): string {
  const { policy } = binding.context
  const [given, name] = names.length === 2 ? names : [undefined, names[0]]
  const refusal = refuse('TW_SQL_FUNCTION', { function: names.join('.') }, 'sql-function', call.location)
  if (name === undefined || names.length > 2) throw refusal
  if (given === undefined || given === 'pg_catalog') {
    if (FUNCTIONS.has(name) || (policy.catalogue && CATALOGUE_FUNCTIONS.has(name))) return 'pg_catalog'
    if (name === 'current_setting' || name === 'set_config') {
      for (const argument of call.args ?? []) binding.fixed.add(placeOf(argument))
      checkSetting(name, call)
      return 'pg_catalog'
    }
  }
  if (given === 'information_schema' && policy.catalogue && SCHEMA_FUNCTIONS.has(name)) return given
  for (const schema of given === undefined ? schemasOf(binding.context) : [given]) {
    const overloads = binding.context.catalogue.functions(schema, name)
    if (overloads.length === 0 || schema === 'pg_catalog') continue
    const listed = overloads.every(({ args }) => policy.functions.has(`${schema}.${name}(${args.join(',')})`))
    if (listed) return schema
    throw refusal
  }
  throw refusal
}

/** current_setting and set_config with constants, for what SHOW and SET may name. */
function checkSetting(name: string, { args = [], location }: FuncCall): void {
  const parameter = textOf(args[0])?.toLowerCase() ?? 'of unknown name'
  if (name === 'current_setting') {
    if (SHOWN.has(parameter)) return
    throw refuse('TW_SQL_SETTING', { name: parameter, verb: 'shown' }, 'sql-setting', location)
  }
  const value = textOf(args[1])
  if (value !== undefined && SETTINGS.get(parameter)?.(value)) return
  throw refuse('TW_SQL_SETTING', { name: parameter, verb: 'set' }, 'sql-setting', location)
}
