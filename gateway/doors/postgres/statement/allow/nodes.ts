import { refuse } from '../errors.ts'

/**
 * The syntax that the binder understands, to the last field. Whatever else a tree holds (new syntax, rare syntax) is
 * refused before anything is bound: what is not looked at cannot be judged.
 */
const NODES: Readonly<Record<string, string>> = {
  InsertStmt: 'relation cols selectStmt override',
  UpdateStmt: 'relation targetList whereClause fromClause',
  DeleteStmt: 'relation whereClause usingClause',
  SelectStmt:
    'distinctClause targetList fromClause whereClause groupClause groupDistinct havingClause windowClause valuesLists sortClause limitOffset limitCount limitOption withClause op all larg rarg',
  ResTarget: 'name val',
  ColumnRef: 'fields',
  ParamRef: 'number',
  A_Expr: 'kind name lexpr rexpr rexpr_list_start rexpr_list_end',
  A_Const: 'ival fval boolval sval bsval isnull',
  TypeCast: 'arg typeName',
  TypeName: 'names typmods typemod arrayBounds',
  CollateClause: 'arg collname',
  FuncCall:
    'funcname args agg_order agg_filter over agg_within_group agg_star agg_distinct func_variadic funcformat',
  A_Star: '',
  A_Indices: 'is_slice lidx uidx',
  A_Indirection: 'arg indirection',
  A_ArrayExpr: 'elements list_start list_end',
  RangeVar: 'schemaname relname inh relpersistence alias',
  RangeSubselect: 'lateral subquery alias',
  RangeFunction: 'lateral ordinality is_rowsfrom functions alias',
  RangeTableSample: 'relation method args repeatable',
  JoinExpr: 'jointype isNatural larg rarg usingClause quals alias',
  SortBy: 'node sortby_dir sortby_nulls',
  WindowDef: 'name refname partitionClause orderClause frameOptions startOffset endOffset',
  CommonTableExpr: 'ctename aliascolnames ctematerialized ctequery',
  SubLink: 'subLinkType testexpr operName subselect',
  BoolExpr: 'boolop args',
  NullTest: 'arg nulltesttype',
  BooleanTest: 'arg booltesttype',
  CaseExpr: 'arg args defresult',
  CaseWhen: 'expr result',
  CoalesceExpr: 'args',
  MinMaxExpr: 'op args',
  RowExpr: 'args row_format',
  SQLValueFunction: 'op typmod',
  GroupingSet: 'kind content',
  GroupingFunc: 'args',
  NamedArgExpr: 'arg name argnumber',
  List: 'items',
  String: 'sval',
  Integer: 'ival',
  Float: 'fval',
  Boolean: 'boolval',
  BitString: 'bsval',
  SetToDefault: '',
}
/** Fields whose value is a node without its name around it. */
const INLINE: Readonly<Record<string, string>> = {
  alias: 'aliasname colnames',
  over: NODES.WindowDef ?? '',
  withClause: 'ctes recursive',
  typeName: 'names typmods typemod arrayBounds',
  larg: NODES.SelectStmt ?? '',
  rarg: NODES.SelectStmt ?? '',
  relation: NODES.RangeVar ?? '',
  ival: 'ival',
  fval: 'fval',
  boolval: 'boolval',
  sval: 'sval',
  bsval: 'bsval',
}
/** Nested deeper than anybody writes; the binder and the printer call themselves. */
const DEEPEST = 1_000

const split = (table: Readonly<Record<string, string>>) =>
  new Map(Object.entries(table).map(([name, fields]) => [name, new Set([...fields.split(' '), 'location'])]))
const nodes = split(NODES)
const inline = split(INLINE)

/** @throws TW_SQL_UNSUPPORTED naming the syntax, TW_SQL_TOO_LONG */
export function checkNodes(tree: unknown): void {
  visit(tree, undefined, 0)
}

function visit(value: unknown, field: string | undefined, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > DEEPEST) throw refuse('TW_SQL_TOO_LONG', {})
  if (Array.isArray(value)) {
    for (const item of value) visit(item, undefined, depth + 1)
    return
  }
  const entries = Object.entries(value)
  const [only] = entries
  // DISTINCT without ON is a list of one empty node.
  if (!only) return
  if (entries.length === 1 && /^[A-Z]/.test(only[0])) {
    const fields = nodes.get(only[0])
    if (!fields) throw unsupported(only[0])
    fieldsOf(only[1], fields, only[0], depth)
  } else {
    const fields = field === undefined ? undefined : inline.get(field)
    if (!fields) throw unsupported(field ?? 'this syntax')
    fieldsOf(value, fields, field ?? '', depth)
  }
}

function fieldsOf(value: unknown, allowed: ReadonlySet<string>, name: string, depth: number): void {
  if (typeof value !== 'object' || value === null) throw unsupported(name)
  for (const [field, child] of Object.entries(value)) {
    if (!allowed.has(field)) throw unsupported(`${name}.${field}`)
    visit(child, field, depth + 1)
  }
}

const unsupported = (name: string) => {
  const what = WRITES[name]
  if (what) return refuse('TW_SQL_WRITE', { what }, 'sql-write')
  return refuse('TW_SQL_UNSUPPORTED', { what: WORDS[name] ?? `Syntax ${name}` }, 'sql-unknown-syntax')
}

/** What makes a query more than one. */
const WRITES: Readonly<Record<string, string>> = {
  'SelectStmt.intoClause': 'SELECT INTO',
  'SelectStmt.lockingClause': 'FOR UPDATE or FOR SHARE',
  'InsertStmt.returningClause': 'RETURNING',
  'UpdateStmt.returningClause': 'RETURNING',
  'DeleteStmt.returningClause': 'RETURNING',
  'InsertStmt.onConflictClause': 'ON CONFLICT',
  MergeStmt: 'MERGE',
}

/** What people call it. */
const WORDS: Readonly<Record<string, string>> = {
  'RangeVar.catalogname': 'A name with a database before it',
  'RangeFunction.coldeflist': 'A column definition list',
  'SortBy.useOp': 'ORDER BY USING',
  XmlExpr: 'An XML expression',
  XmlSerialize: 'XMLSERIALIZE',
  RangeTableFunc: 'XMLTABLE',
  JsonTable: 'JSON_TABLE',
  JsonFuncExpr: 'An SQL/JSON function',
  JsonObjectConstructor: 'JSON_OBJECT',
  JsonArrayConstructor: 'JSON_ARRAY',
  JsonObjectAgg: 'JSON_OBJECTAGG',
  JsonArrayAgg: 'JSON_ARRAYAGG',
  'JoinExpr.join_using_alias': 'An alias on USING',
  'CommonTableExpr.search_clause': 'SEARCH',
  'CommonTableExpr.cycle_clause': 'CYCLE',
  CurrentOf: 'WHERE CURRENT OF',
}
