/** Columns that a statement being made can name. */
interface Column {
  name: string
  secret: boolean
}
interface Item {
  alias: string
  columns: Column[]
}

const plain = (names: string): Column[] => names.split(' ').map((name) => ({ name, secret: false }))
const secret = (names: string): Column[] => names.split(' ').map((name) => ({ name, secret: true }))

const SPANS = [
  ...plain('id trace_id model name status tokens latency_ms'),
  ...secret('api_key output customer_id noted attributes'),
]
const TABLES: Readonly<Record<string, Column[]>> = {
  spans: SPANS,
  'ONLY spans': SPANS,
  special_spans: [...SPANS, ...secret('extra')],
  traces: [...plain('trace_id project rating started'), ...secret('summary secret')],
  events: [...plain('at trace_id kind'), ...secret('payload api_key')],
  models: plain('model vendor price'),
  span_list: [...plain('id trace_id name began double_tokens'), ...secret('o')],
  span_keys: [...plain('id'), ...secret('k i')],
  span_lengths: [...plain('id'), ...secret('n u')],
  span_copy: [...plain('id trace_id'), ...secret('api_key output')],
  nested_view: [...plain('id'), ...secret('again k')],
}
const NAMES = ['id', 'trace_id', 'model', 'api_key', 'output', 'x', 'y', 'o', 'k', 'name']

/**
 * Statements nobody would write: every clause, names that mean several things, secrets now and then where they do no
 * harm and where they do. The same seed makes the same statement.
 */
export function makeStatement(seed: number): string {
  let state = seed | 0
  const random = () => {
    state = (state + 0x6d2b79f5) | 0
    let z = Math.imul(state ^ (state >>> 15), 1 | state)
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
  const chance = (p: number) => random() < p
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  const withs: Item[] = []
  let aliases = 0

  const column = (scope: readonly Item[], risk = 0.04): string => {
    const item = pick(scope)
    const wanted = item.columns.filter((one) => one.secret === chance(risk))
    const one = pick(wanted.length ? wanted : item.columns)
    return chance(0.8) ? `${item.alias}.${one.name}` : one.name
  }

  const expression = (scope: readonly Item[], depth: number): string => {
    const inner = () => expression(scope, depth - 1)
    if (depth <= 0 || chance(0.5))
      return chance(0.85) ? column(scope) : pick(['1', `'x'`, 'NULL', 'current_date'])
    return pick([
      () => `upper(${inner()}::text)`,
      () => `coalesce(${inner()}::text, ${inner()}::text)`,
      () => `CASE WHEN ${condition(scope, depth - 1)} THEN ${inner()}::text ELSE ${inner()}::text END`,
      () => `(SELECT max(q.c::text) FROM (${query(scope, depth - 1, 1).sql}) AS q (c))`,
      () => `ARRAY(${query(scope, depth - 1, 1).sql})`,
      () => `EXISTS (${query(scope, depth - 1).sql})`,
      () => `count(*) OVER (PARTITION BY ${inner()} ORDER BY ${inner()})`,
      () => `(${inner()}, ${inner()}) IS NOT NULL`,
    ])()
  }

  const condition = (scope: readonly Item[], depth: number): string =>
    pick([
      () =>
        `${expression(scope, depth)}::text ${pick(['=', '<', '<>', 'LIKE', 'IS DISTINCT FROM'])} ${expression(scope, depth)}::text`,
      () => `${expression(scope, depth)} IS NOT NULL`,
      () => `${column(scope)}::text IN (SELECT z.c::text FROM (${query(scope, depth - 1, 1).sql}) AS z (c))`,
      () => `NOT (${condition(scope, depth - 1)} AND true)`,
    ])()

  const renamed = (alias: string, columns: readonly Column[]): { text: string; item: Item } => {
    if (!chance(0.2)) return { text: alias, item: { alias, columns: [...columns] } }
    const names = columns.slice(0, 1 + Math.floor(random() * 4)).map(() => pick(NAMES))
    const kept = columns.map((one, at) => ({ ...one, name: names[at] ?? one.name }))
    return { text: `${alias} (${names.join(', ')})`, item: { alias, columns: kept } }
  }

  const from = (
    outer: readonly Item[],
    left: readonly Item[],
    depth: number,
  ): { sql: string; items: Item[] } => {
    const alias = pick([`t${aliases++}`, `t${aliases++}`, 'a', 'b', 'spans'])
    if (depth > 0 && chance(0.25)) {
      const lateral = chance(0.5)
      const inner = query(lateral ? [...left, ...outer] : outer, depth - 1)
      const { text, item } = renamed(alias, inner.columns)
      return { sql: `${lateral ? 'LATERAL ' : ''}(${inner.sql}) AS ${text}`, items: [item] }
    }
    if (depth > 0 && chance(0.3)) {
      const l = from(outer, left, depth - 1)
      const r = from(outer, [...left, ...l.items], depth - 1)
      const kind = pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'])
      const shared = l.items
        .flatMap((i) => i.columns)
        .filter((c) => r.items.some((i) => i.columns.some((d) => d.name === c.name)))
      const join = pick([
        () => `(${l.sql} ${kind} ${r.sql} ON ${condition([...l.items, ...r.items], 1)})`,
        () =>
          shared.length
            ? `(${l.sql} ${kind} ${r.sql} USING (${pick(shared).name}))`
            : `(${l.sql} CROSS JOIN ${r.sql})`,
        () => `(${l.sql} NATURAL ${kind} ${r.sql})`,
      ])()
      if (!chance(0.2)) return { sql: join, items: [...l.items, ...r.items] }
      const all = [...l.items, ...r.items].flatMap((i) => i.columns)
      const { text, item } = renamed(alias, all)
      return { sql: `${join} AS ${text}`, items: [item] }
    }
    if (withs.length && chance(0.3)) {
      const cte = pick(withs)
      const { text, item } = renamed(alias, cte.columns)
      return { sql: `${cte.alias} AS ${text}`, items: [item] }
    }
    const [table, columns] = pick(Object.entries(TABLES))
    const full = chance(0.3)
    // A list of names goes by the table's own order, which is not that of ours: half of it is luck.
    if (full) {
      const { text, item } = renamed(alias, columns)
      return { sql: `${table} AS ${text}`, items: [item] }
    }
    return { sql: `${table} AS ${alias}`, items: [{ alias, columns }] }
  }

  const select = (
    outer: readonly Item[],
    depth: number,
    width?: number,
  ): { sql: string; columns: Column[] } => {
    const first = from(outer, [], depth)
    const second = chance(0.25) ? from(outer, first.items, depth - 1) : undefined
    const scope = [...first.items, ...(second?.items ?? [])]
    const wide = chance(0.1) ? [...scope, ...outer] : scope
    const columns: Column[] = []
    const count = width ?? 1 + Math.floor(random() * 3)
    const targets = Array.from({ length: count }, (_, at) => {
      if (width === undefined && chance(0.1)) {
        columns.push(...scope.flatMap((item) => item.columns))
        return '*'
      }
      const name = chance(0.5) ? pick(NAMES) : `c${at}`
      const pass = chance(0.4)
      columns.push({ name, secret: pass && chance(0.3) })
      const value = pass ? column(scope, columns.at(-1)?.secret ? 1 : 0) : expression(wide, depth)
      return `${value} AS ${name}`
    })
    const where = chance(0.4) ? ` WHERE ${condition(wide, depth)}` : ''
    const order = chance(0.3) ? ` ORDER BY ${pick(['1', pick(NAMES), column(scope)])}` : ''
    const group = chance(0.08) ? ` GROUP BY ${pick(['1', column(scope), pick(NAMES)])}` : ''
    const distinct = chance(0.12) ? pick(['DISTINCT ', `DISTINCT ON (${column(scope)}) `]) : ''
    const tables = second ? `${first.sql}, ${second.sql}` : first.sql
    return { sql: `SELECT ${distinct}${targets.join(', ')} FROM ${tables}${where}${group}${order}`, columns }
  }

  const query = (
    outer: readonly Item[],
    depth: number,
    width?: number,
  ): { sql: string; columns: Column[] } => {
    if (depth > 0 && chance(0.1)) {
      const [l, r] = [select(outer, depth - 1, width ?? 2), select(outer, depth - 1, width ?? 2)]
      return {
        sql: `(${l.sql}) ${pick(['UNION ALL', 'UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT'])} (${r.sql})`,
        columns: l.columns,
      }
    }
    if (depth > 0 && chance(0.15)) {
      const name = pick(['w0', 'w1', 'spans', 'traces'])
      const inner = select(outer, depth - 1)
      const recursive = chance(0.2)
      const cte = recursive
        ? `${name} AS (${inner.sql} UNION SELECT r.* FROM ${name} AS r)`
        : `${name} AS (${inner.sql})`
      withs.push({ alias: name, columns: inner.columns })
      const main = select(outer, depth, width)
      withs.pop()
      return { sql: `WITH ${recursive ? 'RECURSIVE ' : ''}${cte} ${main.sql}`, columns: main.columns }
    }
    return select(outer, depth, width)
  }
  return query([], 3).sql
}
