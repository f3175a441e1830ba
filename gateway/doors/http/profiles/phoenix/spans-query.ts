import type { ResponseShape } from '../../../../masking/masker.ts'
import type { Predicate } from '../../../../policy/facts.ts'
import type { CanonicalRequest, RouteFacts } from '../../profile.ts'
import { fail } from '../errors.ts'
import {
  all,
  type Body,
  count,
  factsOf,
  isObject,
  jsonBody,
  logicalText,
  shapeText,
  text,
} from '../request.ts'
import { conditionPredicates, spanField, TESTABLE } from './condition.ts'
import { COLUMNS } from './shapes.ts'

/**
 * `POST /v1/spans`: span queries whose answer is a table per query, in a multipart body. A query may give a field
 * another name; the table's columns are traced back to the fields. Column names come numbered (`11_attributes.input`).
 */
const TRACE_ID = new Set(['trace_id', 'context.trace_id'])
const SPAN_ID = new Set(['span_id', 'context.span_id'])

/** Column → the field it holds, as segments. */
type Columns = Map<string, string>

export function spansQueryFacts(request: CanonicalRequest): RouteFacts {
  // Any other value, even one that also accepts JSON, is answered with Arrow.
  if (request.headers.accept !== 'application/json')
    throw fail('TW_PROFILE_FORMAT', { format: 'application/x-pandas-arrow' })
  const body = jsonBody(request)
  const queries = Array.isArray(body.queries) ? body.queries.filter(isObject) : []
  if (!Array.isArray(body.queries) || queries.length !== body.queries.length)
    throw fail('TW_PROFILE_PARAMETER', { name: 'queries', expected: 'a list of queries' })
  const columns: Columns = new Map()
  const predicates: Predicate[] = []
  let byTrace = true
  for (const query of queries) {
    predicates.push(...predicatesOf(query))
    byTrace = columnsOf(query, columns) && byTrace
  }
  return factsOf({
    collection: projectOf(request, body),
    requested: (count('limit', body.limit) ?? 1000) * Math.max(1, queries.length),
    predicates,
    shape: shapeText('/v1/spans', request, queries.flatMap(Object.keys), predicates),
    logical: logicalText('phoenix.query-spans', request, body, new Set(['limit'])),
    response: { kind: 'multipart', listing: false, shape: shapeOf(columns, byTrace) },
  })
}

/** The project, wherever the server would take it from. @throws TW_PROFILE_REPEATED where places differ. */
function projectOf(request: CanonicalRequest, body: Body): string {
  const named = new Set([
    ...all(request, 'project_name'),
    ...all(request, 'project-name'),
    ...[request.headers['project-name'], text(body, 'project_name')].flatMap((name) => (name ? [name] : [])),
  ])
  if (named.size > 1) throw fail('TW_PROFILE_REPEATED', { name: 'project_name' })
  return [...named][0] ?? 'default'
}

function predicatesOf(query: Body): Predicate[] {
  const { filter } = query
  if (filter === undefined || filter === null) return []
  if (!isObject(filter)) throw fail('TW_PROFILE_PARAMETER', { name: 'filter', expected: 'an object' })
  return conditionPredicates(text(filter, 'condition'))
}

/** Notes what columns hold; tells whether rows name their trace. @throws TW_PROFILE_PARAMETER, TW_PROFILE_REPEATED */
function columnsOf(query: Body, columns: Columns): boolean {
  const note = (column: string, field: string) => {
    if (columns.has(column) && columns.get(column) !== field)
      throw fail('TW_PROFILE_REPEATED', { name: column })
    columns.set(column, field)
  }
  const selected = Object.entries(objectAt(query, 'select')).map(([column, projection]): [string, string] => {
    const field = isObject(projection) ? text(projection, 'key') : undefined
    if (!field) throw fail('TW_PROFILE_PARAMETER', { name: 'select', expected: 'columns with their keys' })
    return [column, field]
  })
  for (const [column, field] of selected) note(column, fieldOf(field))
  for (const name of ['explode', 'concat']) {
    const parts = objectAt(query, name)
    const key = text(parts, 'key')
    if (!key) continue
    for (const [column, member] of Object.entries(objectAt(parts, 'kwargs')))
      note(column, `${fieldOf(key)}.*.${String(member)}`)
    note(key, fieldOf(key))
  }
  for (const [from, to] of Object.entries(objectAt(query, 'rename'))) {
    if (typeof to !== 'string') throw fail('TW_PROFILE_PARAMETER', { name: 'rename', expected: 'new names' })
    note(to, columns.get(from) ?? fieldOf(from))
  }
  const index = text(objectAt(query, 'index'), 'key') ?? 'context.span_id'
  note(index, fieldOf(index))
  const fields = [...selected.map(([, field]) => field), index]
  if (selected.length === 0 || fields.some((field) => TRACE_ID.has(field))) return true
  if (fields.some((field) => SPAN_ID.has(field))) return false
  throw fail('TW_PROFILE_PARAMETER', {
    name: 'select',
    expected: 'with context.trace_id, so that traces count',
  })
}

function objectAt(body: Body, name: string): Body {
  const value = body[name]
  if (value === undefined || value === null) return {}
  if (!isObject(value)) throw fail('TW_PROFILE_PARAMETER', { name, expected: 'an object' })
  return value
}

/** `input.value` → `attributes.input.value`; a span's own columns keep their names. */
function fieldOf(key: string): string {
  if (TRACE_ID.has(key)) return 'context.trace_id'
  if (SPAN_ID.has(key)) return 'context.span_id'
  return spanField(key).slice('span.'.length)
}

function shapeOf(columns: Columns, byTrace: boolean): ResponseShape {
  const renamed = [...columns].map(([column, field]) => [segments(column), segments(field)] as const)
  renamed.sort(([a], [b]) => b.length - a.length)
  return {
    // Where rows do not name their trace, each span counts as one.
    traceId: byTrace ? ['data.*.context.trace_id'] : ['data.*.context.trace_id', 'data.*.context.span_id'],
    time: ['data.*.start_time'],
    record: ['data.*'],
    structural: [
      ...COLUMNS.map((name) => `data.*.${name}`),
      'schema.fields.*.type',
      'schema.fields.*.extDtype',
      'schema.fields.*.tz',
      'schema.pandas_version',
      ...TESTABLE,
    ],
    key: (key) => key.replace(/^\d+_/, ''),
    resolve: (path) => {
      if (path[0] !== 'data' || path.length < 3) return path
      const rest = path.slice(2)
      for (const [column, field] of renamed)
        if (column.length <= rest.length && column.every((segment, i) => segment === rest[i]))
          return ['data', '*', ...field, ...rest.slice(column.length)]
      return path
    },
  }
}

const segments = (path: string) => path.split('.').map((part) => (/^\d+$/.test(part) ? '*' : part))
