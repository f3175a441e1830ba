import type pg from 'pg'
import { maskingConfig, postgresConnection } from '../../../gateway/config.ts'
import type { CatalogueQuery } from '../../../gateway/doors/postgres/catalogue/catalogue.ts'
import { loadCatalogue } from '../../../gateway/doors/postgres/catalogue/load.ts'
import type { StatementContext } from '../../../gateway/doors/postgres/statement/plan.ts'
import { compilePostgresPolicy } from '../../../gateway/doors/postgres/statement/sensitivity/policy.ts'
import { compileMasking } from '../../../gateway/masking/compile.ts'

/** Hidden by where they stand; no content rule knows them. */
export const HIDDEN = ['zebra-7731', 'walrus-9942', '4711']
/** Hidden by what they look like, inside text and JSON. */
export const CREDENTIAL = 'AKIA' + 'QX7ZP3TSK5JH2WMN'
/** Content: may be shown where a cell is looked into, and nowhere else. */
export const CONTENT = 'marmalade'
export const PASSWORD = 'not-a-real-' + 'reader'

export const SCHEMA = `
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN score AS integer CHECK (VALUE >= 0);
CREATE DOMAIN remark AS text;
CREATE TABLE models (model text PRIMARY KEY, vendor text NOT NULL, price numeric(10,4));
CREATE TABLE traces (
  trace_id text PRIMARY KEY, project text, user_id uuid, started timestamptz NOT NULL DEFAULT now(), mood mood,
  rating score, gone text, summary text, secret text);
ALTER TABLE traces DROP COLUMN gone;
CREATE TABLE spans (
  id bigint PRIMARY KEY, trace_id text NOT NULL, parent_id bigint, name text, model text, status text,
  start_time timestamptz NOT NULL, end_time timestamptz, tokens integer, cost numeric(12,6), flags boolean[],
  attributes jsonb, input text, output text, notes text, comment remark, api_key text, customer_id integer, blob bytea,
  tags text[], words tsvector,
  latency_ms double precision GENERATED ALWAYS AS (extract(epoch FROM end_time - start_time) * 1000) STORED,
  key_length integer GENERATED ALWAYS AS (length(api_key)) STORED,
  noted boolean GENERATED ALWAYS AS (notes LIKE 'a%') VIRTUAL);
CREATE TABLE special_spans (extra text) INHERITS (spans);
CREATE TABLE events (at timestamptz NOT NULL, trace_id text, kind text, payload json, api_key text) PARTITION BY RANGE (at);
CREATE TABLE events_2026_11 PARTITION OF events FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
CREATE TABLE payroll (id integer, salary integer);
CREATE VIEW span_list AS SELECT id, trace_id, name, start_time AS began, output AS o, tokens * 2 AS double_tokens FROM spans;
CREATE VIEW span_keys AS SELECT id, api_key AS k, input AS i FROM spans;
CREATE VIEW span_lengths AS SELECT id, length(input) AS n, upper(api_key) AS u FROM spans;
CREATE VIEW span_filtered AS SELECT id FROM spans WHERE notes LIKE '%AKIA%';
CREATE VIEW span_lateral AS SELECT s.id, e.key FROM spans s, jsonb_each_text(s.attributes) e;
CREATE VIEW nested_view AS SELECT l.id, l.o AS again, k.k FROM span_list l JOIN span_keys k USING (id);
CREATE VIEW payroll_view AS SELECT id FROM payroll;
CREATE VIEW span_reviewed AS SELECT id, trace_id, length(input) AS input_length FROM spans WHERE input <> '';
CREATE MATERIALIZED VIEW span_copy AS SELECT id, trace_id, api_key, output FROM spans;
CREATE FUNCTION bucket(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 10';
CREATE FUNCTION keys_of(spans) RETURNS text LANGUAGE sql AS 'SELECT $1.api_key';
CREATE FUNCTION all_keys() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT api_key FROM public.spans';
CREATE FUNCTION upper(integer) RETURNS text LANGUAGE sql AS 'SELECT max(api_key) FROM public.spans';
CREATE FUNCTION tattle(integer, integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE OPERATOR public.# (LEFTARG = integer, RIGHTARG = integer, FUNCTION = tattle);
CREATE SCHEMA app;
CREATE TABLE app.runs (id integer PRIMARY KEY, label text, started timestamptz);
CREATE INDEX ON spans (trace_id);
`

/** What is planted; a second world has other secrets, of other lengths, orders and gaps, and all else the same. */
interface Planted {
  readonly content: string
  readonly credential: string
  readonly hidden: string
  readonly secret: string
  readonly customer: string
  readonly note: string
  /** SQL that leaves a value out, or not. */
  readonly sometimes: (value: string) => string
}

const FIRST: Planted = {
  content: CONTENT,
  credential: CREDENTIAL,
  hidden: HIDDEN[0] ?? '',
  secret: HIDDEN[1] ?? '',
  customer: HIDDEN[2] ?? '',
  note: 'a note',
  sometimes: (value) => value,
}
const SECOND: Planted = {
  content: 'x',
  credential: `AKIA${'R'.repeat(16)}`,
  hidden: 'a',
  secret: 'bbbbbbbbbbbbbbbbbbbbbbbbb',
  customer: '1',
  note: 'remark',
  sometimes: (value) => `CASE WHEN n % 3 = 1 THEN ${value} END`,
}

const data = ({ content, credential, hidden, secret, customer, note, sometimes }: Planted) => `
INSERT INTO models VALUES ('sonnet', 'anthropic', 3), ('mini', 'openai', 0.15);
INSERT INTO traces SELECT 't' || n, CASE WHEN n % 2 = 0 THEN 'search' ELSE 'chat' END,
  ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, '2026-11-20 10:00+00'::timestamptz + n * interval '1 hour',
  'good', n, ${sometimes(`'${content} summary ' || n`)}, ${sometimes(`'${secret}'`)} FROM generate_series(1, 6) n;
INSERT INTO spans (id, trace_id, parent_id, name, model, status, start_time, end_time, tokens, cost, flags, attributes, input, output, notes, comment, api_key, customer_id, blob, tags, words)
  SELECT n, 't' || (n % 6 + 1), nullif(n - 1, 0), 'step ' || n % 3, CASE WHEN n % 2 = 0 THEN 'sonnet' ELSE 'mini' END,
  CASE WHEN n % 5 = 0 THEN 'ERROR' ELSE 'OK' END, '2026-11-20 10:00+00'::timestamptz + n * interval '30 minutes',
  '2026-11-20 10:00:01+00'::timestamptz + n * interval '30 minutes 2 seconds', n * 10, n * 0.01, '{t,f}',
  jsonb_build_object('llm', jsonb_build_object('model_name', 'sonnet', 'latency_ms', n), 'prompt', '${content} ${credential}', 'user', jsonb_build_object('ssn', '${hidden}')),
  ${sometimes(`'${content} in ' || n`)}, '${content} out ${credential}', '${note}, ${credential} ${content}', '${content}', ${sometimes(`'${hidden}'`)}, ${customer},
  '\\x${Buffer.from(credential).toString('hex')}', ARRAY['${content}', '${credential}'], to_tsvector('simple', '${content}') FROM generate_series(1, 24) n;
INSERT INTO special_spans (id, trace_id, name, start_time, api_key, extra) VALUES (100, 't1', 'special', '2026-11-21', '${hidden}', '${content}');
INSERT INTO events SELECT '2026-11-20 10:00+00'::timestamptz + n * interval '1 minute', 't' || (n % 6 + 1), 'click', '{"text":"${content}"}', '${hidden}' FROM generate_series(1, 12) n;
INSERT INTO payroll VALUES (1, ${customer});
INSERT INTO app.runs VALUES (1, '${content}', '2026-11-20');
REFRESH MATERIALIZED VIEW span_copy;
GRANT USAGE ON SCHEMA public, app TO reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public, app TO reader;
`

export const MAKE_READER = `CREATE ROLE reader LOGIN PASSWORD '${PASSWORD}'`

/** Makes the tables of a small trace store, with secrets planted in them. The role `reader` must be there. */
export async function furnish(client: pg.Client, world: 'first' | 'second' = 'first'): Promise<void> {
  await client.query(SCHEMA)
  await client.query(data(world === 'first' ? FIRST : SECOND))
}

/** Rows as the server writes them. */
export const queryOf =
  (client: pg.Client): CatalogueQuery =>
  async (sql) =>
    (await client.query({ text: sql, types: { getTypeParser: () => (text: string) => text } })).rows

/** Config of the world, as the YAML would give it. */
export const MASKING = {
  fields: [
    { name: 'api_key', paths: ['public.*.api_key'] },
    { name: 'trace_secret', paths: ['public.traces.secret'] },
    { name: 'customer', paths: ['**.customer_id'] },
    { name: 'ssn', paths: ['public.spans.attributes.user.ssn'] },
  ],
}
const masking = maskingConfig.parse(MASKING)
export const compiledMasking = compileMasking(masking)

/** `definition`: hash of the one view that was reviewed. */
export const tablesOf = (definition: string | undefined) => [
  {
    name: 'public.spans',
    trace_id: 'trace_id',
    time: 'start_time',
    structural: ['name', 'model', 'status', 'attributes.llm.*'],
  },
  { name: 'public.traces', trace_id: 'trace_id', time: 'started', structural: ['project'] },
  { name: 'public.events', trace_id: 'trace_id', time: 'at', structural: ['kind'] },
  { name: 'public.models', structural: ['model', 'vendor'] },
  { name: 'app.*' },
  {
    name: 'public.span_reviewed',
    definition: definition,
  },
]

export async function contextOf(
  client: pg.Client,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<StatementContext> {
  const catalogue = await loadCatalogue(queryOf(client))
  const connection = postgresConnection.parse({
    name: 'warehouse',
    protocol: 'postgres',
    listen: '127.0.0.1:0',
    backend: { host: '127.0.0.1', database: 'postgres', user: 'reader', password: PASSWORD },
    tables: tablesOf(catalogue.relation('public', 'span_reviewed')?.definition?.hash),
    functions: ['public.bucket(integer)'],
    ...changes,
  })
  return Object.freeze({
    catalogue,
    policy: compilePostgresPolicy(connection, masking, compiledMasking),
    searchPath: ['public'],
    role: 'reader',
  })
}
