import { spawnSync } from 'node:child_process'
import t from 'tap'
import { readEpoch } from '../../../gateway/doors/postgres/catalogue/load.ts'
import type { StatementContext } from '../../../gateway/doors/postgres/statement/plan.ts'
import { openStatements } from '../../../gateway/doors/postgres/statement/statements.ts'
import { startPostgres } from '../../support/postgres.ts'
import { contextOf, furnish, MAKE_READER, queryOf } from './world.ts'

const server = await startPostgres()
t.teardown(() => server.stop())
const admin = await server.connect()
await admin.query(MAKE_READER)
await furnish(admin)
const context = await contextOf(admin)
const statements = await openStatements()

const planOf = (sql: string, at: StatementContext = context) => {
  const { plan, refusal } = statements.compile(sql, at)
  if (!plan) throw new Error(`${sql}: ${refusal.error.message}`)
  return plan
}
const codeOf = (sql: string, at: StatementContext = context) =>
  statements.compile(sql, at).refusal?.error.code

async function describe(sql: string) {
  const { fields } = await admin.query({ text: sql, rowMode: 'array' })
  return fields.map((f) => ({ name: f.name, relation: f.tableID, attribute: f.columnID, type: f.dataTypeID }))
}

t.test('a row counts as the trace whose id it shows, where that covers all content in it', async (t) => {
  const ids = (sql: string) => planOf(sql).result?.traceIds
  t.strictSame(ids('SELECT output, trace_id FROM spans'), [1])
  t.strictSame(ids('SELECT s.output, t.summary, t.trace_id FROM spans s JOIN traces t USING (trace_id)'), [2])
  t.strictSame(
    ids('SELECT s.output, t.summary, s.trace_id FROM spans s, traces t WHERE s.trace_id = t.trace_id'),
    [2],
  )
  t.strictSame(ids('SELECT s.output, t.summary, s.trace_id, t.trace_id FROM spans s, traces t'), [2, 3])
  t.equal(ids('SELECT output FROM spans'), undefined, 'each row is one')
  t.equal(ids('SELECT s.output, t.summary, t.trace_id FROM spans s, traces t'), undefined)
  t.equal(
    ids(
      'SELECT a.output, b.output, a.trace_id FROM spans a, spans b WHERE NOT EXISTS (SELECT 1 FROM traces WHERE a.trace_id = b.trace_id)',
    ),
    undefined,
    'what a query further in compares says nothing about these rows',
  )
  t.equal(
    ids(
      'SELECT a.output, b.output, a.trace_id FROM (spans a CROSS JOIN spans b) LEFT JOIN traces t ON a.trace_id = b.trace_id',
    ),
    undefined,
    'nor does the condition of an outer join about two columns of one side',
  )
  t.strictSame(planOf('SELECT trace_id, output, start_time FROM spans').result?.times, [2])
  t.equal(
    planOf('SELECT count(*), model FROM spans GROUP BY model').result?.content,
    false,
    'no content, no trace',
  )
  t.equal(planOf('SELECT id, api_key FROM spans').result?.content, false, 'hidden values are no content')
  t.strictSame(
    [
      planOf('SELECT output FROM spans LIMIT 7').rows,
      planOf('SELECT max(id) FROM spans').rows,
      planOf('SELECT output FROM spans').rows,
    ],
    [7, 1, undefined],
  )
})

t.test('what the server describes is the second proof', async (t) => {
  const plan = planOf('SELECT id, model, output FROM spans')
  const fields = await describe(plan.sql)
  const check = (changed: typeof fields) => statements.check(plan, changed, context).refusal?.error.code
  t.equal(check(fields), undefined)
  const [id, model, output] = fields
  if (!id || !model || !output) return t.fail('three columns')
  const key = context.catalogue.relationByOid(id.relation)?.attributes.find((a) => a.name === 'api_key')
  t.equal(
    check([id, { ...model, attribute: key?.number ?? 0 }, output]),
    'TW_SQL_DESCRIPTION',
    'renamed columns',
  )
  t.equal(check([id, { ...model, attribute: 0 }, output]), 'TW_SQL_DESCRIPTION', 'a whole row')
  t.equal(check([id, { ...model, relation: 999_999 }, output]), 'TW_SQL_DESCRIPTION', 'an unknown relation')
  t.equal(
    check([id, model, { ...output, relation: 0, attribute: 0 }]),
    'TW_SQL_DESCRIPTION',
    'content without origin',
  )
  t.equal(check([id, model]), 'TW_SQL_DESCRIPTION', 'another width')
})

t.test(
  'the search path of the session decides which relation a name means, and is written down',
  async (t) => {
    const at = { ...context, searchPath: ['app', 'public'] }
    t.match(planOf('SELECT label FROM runs', at).sql, /app\.runs/)
    t.equal(codeOf('SELECT label FROM runs'), 'TW_SQL_NO_RELATION')
    t.match(planOf('SELECT lower(model) FROM models').sql, /pg_catalog\.lower.*public\.models/s)
  },
)

t.test('any change of the schema is another epoch; VACUUM and ANALYZE are none', async (t) => {
  const query = queryOf(admin)
  const { epoch } = context.catalogue
  await admin.query('ANALYZE')
  await admin.query('VACUUM')
  t.equal(await readEpoch(query), epoch)
  const seen = new Set([epoch])
  for (const change of [
    'ALTER TABLE models RENAME COLUMN vendor TO maker',
    'CREATE OR REPLACE VIEW span_keys AS SELECT id, input AS k, api_key AS i FROM spans',
    'CREATE TABLE other (LIKE models)',
    'CREATE FUNCTION lower(integer) RETURNS text LANGUAGE sql AS $$ SELECT 1 $$',
    'ALTER TABLE models RENAME COLUMN maker TO vendor',
  ]) {
    await admin.query(change)
    const now = await readEpoch(query)
    t.notOk(seen.has(now), change)
    seen.add(now)
  }
  const fresh = await contextOf(admin)
  t.match(planOf('SELECT k, i FROM span_keys', fresh).result?.columns, [
    { sensitivity: 'content' },
    { sensitivity: 'hidden' },
  ])
  t.match(planOf('SELECT k, i FROM span_keys').result?.columns, [
    { sensitivity: 'hidden' },
    { sensitivity: 'content' },
  ])
})

t.test(
  'a reviewed view is judged by its columns only while it has the definition that was reviewed',
  async (t) => {
    await admin.query(
      'CREATE OR REPLACE VIEW span_reviewed AS SELECT id, trace_id, length(api_key) AS input_length FROM spans',
    )
    const hash = context.catalogue.relation('public', 'span_reviewed')?.definition?.hash
    const tables = [
      { name: 'public.spans', trace_id: 'trace_id' },
      { name: 'public.span_reviewed', definition: hash },
    ]
    const changed = await contextOf(admin, { tables })
    t.equal(codeOf('SELECT id FROM span_reviewed WHERE input_length > 3', changed), 'TW_SQL_ORACLE')
    t.equal(codeOf('SELECT id FROM span_reviewed WHERE input_length > 3'), undefined, 'before')
  },
)

t.test('what hides a column in one table hides it in all whose rows come through it', async (t) => {
  const tables = [{ name: 'public.spans' }, { name: 'public.special_spans', structural: ['name'] }]
  const changed = await contextOf(admin, { tables })
  t.equal(codeOf("SELECT id FROM spans WHERE name = 'x'", changed), 'TW_SQL_ORACLE')
  t.equal(codeOf("SELECT id FROM special_spans WHERE name = 'x'", changed), 'TW_SQL_ORACLE')
  t.equal(codeOf("SELECT id FROM special_spans WHERE api_key = 'x'", changed), 'TW_SQL_ORACLE')
})

t.test('texts that differ in literals share a plan, but for literals that decide', async (t) => {
  const one = planOf("SELECT id, output FROM spans WHERE id = 11 AND model = 'it''s'")
  const two = planOf("SELECT id, output FROM spans WHERE id = 12 AND model = '; DROP'")
  t.equal(two.result, one.result, 'the same object')
  t.match(two.sql, /id = 12 AND model = '; DROP'/)
  t.equal(two.shape, one.shape)
  t.notMatch(two.shape, /12|DROP/)
  t.not(one.logical, two.logical)
  t.equal(planOf('SELECT output FROM spans ORDER BY id LIMIT 5').rows, 5)
  t.equal(planOf('SELECT output FROM spans ORDER BY id LIMIT 6').rows, 6)
  planOf('SELECT id, output FROM spans ORDER BY 1')
  t.equal(codeOf('SELECT id, output FROM spans ORDER BY 2'), 'TW_SQL_ORACLE')
  planOf("SELECT attributes -> 'llm' ->> 'model_name' FROM spans")
  t.equal(codeOf("SELECT attributes -> 'llm2' ->> 'model_name' FROM spans"), 'TW_SQL_EXPRESSION')
  t.equal(codeOf("SELECT attributes -> 'user' ->> 'ssn' FROM spans"), 'TW_SQL_EXPRESSION')
  t.equal(codeOf("SELECT current_setting('TimeZone')"), undefined)
  t.equal(codeOf("SELECT current_setting('data_directory')"), 'TW_SQL_SETTING')
})

t.test('pages of one query are one logical query', async (t) => {
  const page = (limit: string) =>
    planOf(`SELECT output FROM spans WHERE tokens > 3 ORDER BY id ${limit}`).logical
  t.equal(page('LIMIT 5'), page('LIMIT 50 OFFSET 7'))
  t.equal(page('LIMIT 5'), page(''))
})

t.test('COPY, cursors and prepared statements carry the plan of their query', async (t) => {
  const copy = planOf("COPY spans (id, output) TO STDOUT WITH (FORMAT csv, HEADER, NULL 'none')")
  t.match(copy, { kind: 'copy-out', action: 'export', copy: { format: 'csv', header: true, null: 'none' } })
  t.match(copy.inner?.result?.columns, [{ name: 'id' }, { name: 'output', sensitivity: 'content' }])
  await admin.query({ text: 'BEGIN' })
  const declare = planOf('DECLARE c CURSOR FOR SELECT id, api_key FROM spans')
  await admin.query(declare.sql)
  const fetch = planOf('FETCH 2 FROM c')
  t.match(fetch, { kind: 'fetch', name: 'c', rows: 2 })
  const described = statements.check(declare, await describe(fetch.sql), context)
  t.match(described.described?.treatments, [{ how: 'pass' }, { how: 'whole', field: 'api_key' }])
  await admin.query('COMMIT')
  t.match(planOf('PREPARE p (int) AS SELECT output FROM spans WHERE id = $1'), {
    kind: 'prepare',
    name: 'p',
    inner: { kind: 'select' },
  })
  t.match(planOf('EXECUTE p (7)'), { kind: 'execute', name: 'p', shape: 'EXECUTE "p"' })
})

t.test('where the connection is for writing, values are written that no content flows into', async (t) => {
  const writing = await contextOf(admin, { writes: 'pass' })
  await admin.query('BEGIN')
  for (const sql of [
    "INSERT INTO models (model, vendor, price) VALUES ('new', 'x', DEFAULT), ('newer', 'y', 2)",
    "UPDATE spans SET status = 'OK', tokens = tokens + 1 WHERE id = 3",
    'UPDATE spans s SET model = m.model FROM models m WHERE m.model = s.model',
    "DELETE FROM models WHERE model = 'new'",
    'INSERT INTO models SELECT DISTINCT model || id, status, cost FROM ONLY spans',
  ]) {
    const plan = planOf(sql, writing)
    t.match(plan, { kind: 'write', action: 'write' })
    await admin.query(plan.sql)
  }
  await admin.query('ROLLBACK')
  t.match(planOf('BEGIN', writing).sql, /^BEGIN$/)
  const refused: [string, string][] = [
    ['INSERT INTO models (model, vendor) SELECT api_key, output FROM spans', 'TW_SQL_WRITE_FLOW'],
    ['UPDATE spans SET name = api_key', 'TW_SQL_EXPRESSION'],
    ["DELETE FROM spans WHERE api_key LIKE 'z%'", 'TW_SQL_ORACLE'],
    ['DELETE FROM spans RETURNING api_key', 'TW_SQL_WRITE'],
    ['INSERT INTO models DEFAULT VALUES ON CONFLICT DO NOTHING', 'TW_SQL_WRITE'],
    ['UPDATE span_list SET name = 1', 'TW_SQL_WRITE'],
    ['DELETE FROM payroll', 'TW_SQL_UNDECLARED'],
    ['DELETE FROM pg_class', 'TW_SQL_WRITE'],
    ['WITH d AS (DELETE FROM spans) SELECT 1', 'TW_SQL_WRITE'],
    ['INSERT INTO models WITH x AS (SELECT output o FROM spans) SELECT o, o, 1 FROM x', 'TW_SQL_WRITE_FLOW'],
  ]
  for (const [sql, code] of refused) t.equal(codeOf(sql, writing), code, sql)
  t.equal(codeOf("DELETE FROM models WHERE model = 'new'"), 'TW_SQL_WRITE', 'and nowhere else')
})

t.test('no write tells by its error which values are there', async (t) => {
  const refusedBy = async (make: string, drop: string, statements: Record<string, string | undefined>) => {
    await admin.query(make)
    const writing = await contextOf(admin, { writes: 'pass' })
    for (const [sql, code] of Object.entries(statements))
      t.equal(codeOf(sql, writing), code, `${make}: ${sql}`)
    await admin.query(drop)
  }
  await refusedBy('CREATE UNIQUE INDEX tells ON special_spans (api_key)', 'DROP INDEX tells', {
    "INSERT INTO spans (id, api_key) VALUES (1, 'guess')": 'TW_SQL_WRITE_KEY',
    "INSERT INTO special_spans VALUES (1, 'guess')": 'TW_SQL_WRITE_KEY',
    "UPDATE spans SET api_key = 'guess' WHERE id = 1": 'TW_SQL_WRITE_KEY',
    "UPDATE spans SET notes = 'said' WHERE id = 1": undefined,
    "INSERT INTO models (model, vendor) VALUES ('m', 'v')": undefined,
  })
  await refusedBy('CREATE UNIQUE INDEX tells ON spans (lower(notes)) WHERE id < 0', 'DROP INDEX tells', {
    "UPDATE spans SET notes = 'guess' WHERE id = 1": 'TW_SQL_WRITE_KEY',
    "UPDATE spans SET status = 'OK' WHERE id = 1": undefined,
  })
  await refusedBy(
    'CREATE TABLE salaries (id integer PRIMARY KEY); ALTER TABLE models ADD COLUMN salary integer REFERENCES salaries',
    'ALTER TABLE models DROP COLUMN salary; DROP TABLE salaries',
    {
      "INSERT INTO models (model, vendor, salary) VALUES ('m', 'v', 7)": 'TW_SQL_WRITE_KEY',
      "INSERT INTO models (model, vendor) VALUES ('m', 'v')": undefined,
    },
  )
})

t.test('the catalogue is refused where config says so', async (t) => {
  const closed = await contextOf(admin, { catalogue: 'refuse' })
  t.equal(codeOf('SELECT relname FROM pg_class', closed), 'TW_SQL_CATALOGUE')
  t.equal(codeOf('SELECT 1', closed), undefined)
})

t.test('a hostile length or depth is refused, and the next statement is read', async (t) => {
  t.equal(codeOf(`SELECT ${'('.repeat(100_000)}1${')'.repeat(100_000)}`), 'TW_SQL_SYNTAX')
  t.equal(codeOf(`SELECT ${'x'.repeat(300_000)}`), 'TW_SQL_TOO_LONG')
  t.equal(codeOf(`SELECT 1${' + 1'.repeat(3_000)}`), 'TW_SQL_TOO_LONG')
  t.equal(codeOf('SELECT \u0000'), 'TW_SQL_SYNTAX')
  t.equal(codeOf('SELECT 1'), undefined)
})

t.test('what psql asks for \\d and its like passes', async (t) => {
  const commands = [
    '\\d',
    '\\dt+',
    '\\d spans',
    '\\d+ spans',
    '\\d events',
    '\\d+ span_list',
    '\\dn+',
    '\\df',
    '\\di',
    '\\dT',
    '\\du',
    '\\dp',
    '\\dm',
    '\\dx',
    '\\dD',
    '\\sv span_list',
  ]
  const psql = spawnSync(
    'psql',
    [
      '-E',
      '-X',
      '-h',
      server.host,
      '-p',
      String(server.port),
      '-U',
      server.user,
      'postgres',
      ...commands.flatMap((c) => ['-c', c]),
    ],
    { encoding: 'utf8', env: { ...process.env, PGPASSWORD: server.password } },
  )
  if (psql.error) return t.comment('NOT RUN: no psql on this machine; apt-get install postgresql-client')
  const queries = psql.stdout
    .split(/^\*+ QUERY \*+$/m)
    .slice(1)
    .map((part) => part.split(/^\*{20,}$/m)[0]?.trim() ?? '')
  t.ok(queries.length > 20)
  const fresh = await contextOf(admin)
  for (const sql of queries) t.equal(codeOf(sql, fresh), undefined, sql)
})
