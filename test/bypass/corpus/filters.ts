import type { Attack } from '../attack.ts'
import { enc, entry, guesses, locations, mlflow, phoenix, X } from './kit.ts'

/** Filters, orders and figures whose answer tells whether a guess was right: of MLflow, Phoenix and the sample store. */
const filters: readonly string[] = [
  "trace.text LIKE '%X%'",
  "span.content LIKE '%X%'",
  "span.attributes.llm.note RLIKE 'X'",
  "metadata.`mlflow.traceInputs` LIKE '%X%'",
  'metadata."mlflow.traceInputs" LIKE \'%X%\'',
  "tags.owner = 'X'",
  "trace.name = 'X'",
  "request_metadata.`mlflow.traceOutputs` ILIKE '%X%'",
  "status = 'OK' AND trace.text LIKE '%X%'",
  "status='OK'/**/AND/**/trace.text LIKE '%X%'",
  "feedback.note LIKE '%X%'",
  "prompt = 'X'",
  "span.name IN ('X','Y')",
]
const orders = ['metadata.`mlflow.traceInputs` DESC', 'tags.owner', 'trace.name ASC', 'request_preview']

const conditions: readonly string[] = [
  "'X' in str(llm.output_messages)",
  "'X' in input.value",
  "metadata['note'] < 'X'",
  "attributes['metadata']['note'] == 'X'",
  "name == 'X'",
  "span_kind == 'LLM' or 'X' in output.value",
  "parent_id is None and (status_message >= 'X')",
  "len([m for m in llm.input_messages if 'X' in m]) > 0",
  "annotations['quality'].label == 'X'",
]

export const filterOracles: readonly Attack[] = [
  ...filters.map((filter) =>
    entry([23, 31], `mlflow filter: ${filter}`, [
      { oracle: guesses((g) => mlflow({ locations, filter: X(filter, g) })) },
    ]),
  ),
  ...orders.map((order) =>
    entry([23], `mlflow order: ${order}`, [
      { ask: mlflow({ locations, order_by: [order] }), expect: 'refused' },
    ]),
  ),
  entry([23], 'mlflow filter: in camel case beside snake case', [
    { oracle: guesses((g) => mlflow({ locations, orderBy: [`tags.${g}`], order_by: [] })) },
  ]),
  entry([18, 23], 'mlflow filter: the same member twice', [
    { oracle: guesses((g) => mlflow(`{"filter":"trace.text LIKE '%${g}%'","filter":"status = 'OK'"}`)) },
  ]),
  entry([18, 23], 'mlflow filter: the same member twice, once escaped', [
    {
      oracle: guesses((g) => mlflow(`{"f\\u0069lter":"trace.text LIKE '%${g}%'","filter":"status = 'OK'"}`)),
    },
  ]),
  entry([23], 'mlflow filter: in the query of a GET', [
    {
      oracle: guesses((g) => ({
        door: 'mlflow',
        path: `/api/2.0/mlflow/traces?experiment_ids=1&filter=${enc(`trace.text LIKE '%${g}%'`)}`,
      })),
    },
  ]),
  entry([23], 'mlflow filter: twice in the query', [
    {
      oracle: guesses((g) => ({
        door: 'mlflow',
        path: `/api/2.0/mlflow/traces?filter=&filter=${enc(`trace.text LIKE '%${g}%'`)}`,
      })),
    },
  ]),
  entry([23], 'mlflow filter: a body beside a GET', [
    {
      oracle: guesses((g) => ({
        ...mlflow({ filter: `trace.text LIKE '%${g}%'` }, '/api/2.0/mlflow/traces?experiment_ids=1'),
        method: 'GET',
      })),
    },
  ]),
  entry([23], 'mlflow correlation', [
    {
      oracle: guesses((g) =>
        mlflow(
          {
            experiment_ids: ['1'],
            filter_string1: `trace.text LIKE '%${g}%'`,
            filter_string2: "status = 'OK'",
          },
          '/api/3.0/mlflow/traces/calculate-filter-correlation',
        ),
      ),
    },
  ]),
  entry([23], 'mlflow metrics by filter', [
    {
      oracle: guesses((g) =>
        mlflow(
          { experiment_ids: ['1'], filters: [`trace.tag.owner = "${g}"`], metric_name: 'x' },
          '/api/3.0/mlflow/traces/metrics',
        ),
      ),
    },
  ]),
  entry([23], 'mlflow metrics by dimension', [
    {
      ask: mlflow(
        { experiment_ids: ['1'], dimensions: ['trace_name', 'tags.owner'] },
        '/api/3.0/mlflow/traces/metrics',
      ),
      expect: 'refused',
    },
  ]),
  ...conditions.map((condition) =>
    entry([23, 31], `phoenix filter: ${condition}`, [
      { oracle: guesses((g) => phoenix(`/v1/projects/p/spans?filter=${enc(X(condition, g))}`)) },
      {
        oracle: guesses((g) =>
          phoenix('/v1/spans?project_name=p', {
            headers: { accept: 'application/json' },
            body: { queries: [{ filter: { condition: X(condition, g) } }] },
          }),
        ),
      },
    ]),
  ),
  entry([23], 'phoenix attribute', [
    { oracle: guesses((g) => phoenix(`/v1/projects/p/spans?attribute=${enc(`metadata.note:${g}`)}`)) },
  ]),
  entry([23], 'phoenix name', [{ oracle: guesses((g) => phoenix(`/v1/projects/p/spans?name=${g}`)) }]),
  entry([23], 'phoenix sort', [
    { ask: phoenix('/v1/projects/p/traces?sort=input.value&order=asc'), expect: 'refused' },
  ]),
  entry([23], 'words in the sample store', [
    { oracle: guesses((g) => ({ path: `/projects/code-agent/traces?q=${g}` })) },
  ]),
  entry([23], 'words in the sample store, escaped', [
    { oracle: guesses((g) => ({ path: `/projects/code-agent/traces?%71=${g}` })) },
  ]),
  entry([23], 'words in the sample store, twice', [
    { oracle: guesses((g) => ({ path: `/projects/code-agent/traces?q=&q=${g}` })) },
  ]),
  entry([23], 'words in a body beside a GET', [
    {
      oracle: guesses((g) => ({
        method: 'GET',
        path: '/projects/code-agent/traces',
        body: JSON.stringify({ q: g }),
        headers: { 'content-type': 'text/plain' },
      })),
    },
  ]),
  entry([23], 'words in a form beside a GET', [
    {
      oracle: guesses((g) => ({
        method: 'GET',
        path: '/projects/code-agent/traces',
        body: `q=${g}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })),
    },
  ]),
  entry([23], 'words in a header that the store might read', [
    {
      oracle: guesses((g) => ({
        path: '/projects/code-agent/traces',
        headers: { 'x-filter': g, 'x-query': g },
      })),
    },
  ]),
  entry([21], 'the length that HEAD tells', [
    {
      oracle: [
        { method: 'HEAD', path: '/traces/tr-oracle' },
        { method: 'HEAD', path: '/traces/tr-nothing' },
      ],
    },
  ]),
]
