import type { Ask, Attack } from '../attack.ts'
import { ORACLE } from '../house.ts'

/** Questions whose answer tells whether a guess was right, and other ways to content through what a profile reads. */
const TRUE = ORACLE.aws.slice(0, 10)
const FALSE = `${TRUE.slice(0, 9)}${TRUE[9] === 'Q' ? 'Z' : 'Q'}`
const guesses = (ask: (guess: string) => Ask): readonly [Ask, Ask] => [ask(TRUE), ask(FALSE)]
const enc = encodeURIComponent

const mlflow = (body: object | string, path = '/api/3.0/mlflow/traces/search'): Ask => ({
  door: 'mlflow',
  path,
  body,
  headers: { 'content-type': 'application/json' },
})
const locations = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '1' } }]
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

const phoenix = (path: string, more: Partial<Ask> = {}): Ask => ({ door: 'phoenix', path, ...more })
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
const gql = (query: string, variables?: object): Ask =>
  phoenix('/graphql', { body: { query, ...(variables && { variables }) } })
const project = (inner: string) => `{ node(id: "UHJvamVjdDoy") { ... on Project { ${inner} } } }`
const filtered = (inner: (condition: string) => string) => (guess: string) =>
  gql(project(inner(`'${guess}' in input.value`)))

const queries: readonly (readonly [string, (guess: string) => Ask])[] = [
  ['recordCount', filtered((c) => `recordCount(filterCondition: "${c}")`)],
  ['an alias of recordCount', filtered((c) => `id: recordCount(filterCondition: "${c}")`)],
  ['traceCount', filtered((c) => `traceCount(filterCondition: "${c}")`)],
  ['spans', filtered((c) => `spans(first: 1, filterCondition: "${c}") { edges { node { id } } }`)],
  ['a sum', filtered((c) => `costSummary(filterCondition: "${c}") { total { cost } }`)],
  [
    'a time series',
    filtered((c) => `spanCountTimeSeries(filterCondition: "${c}") { data { timestamp okCount } }`),
  ],
  [
    'by a variable',
    (g) =>
      gql(
        'query Q($c: String) { node(id: "UHJvamVjdDoy") { ... on Project { recordCount(filterCondition: $c) } } }',
        { c: `'${g}' in input.value` },
      ),
  ],
  [
    'by a default',
    (g) =>
      gql(
        `query Q($c: String = "'${g}' in input.value") { node(id: "UHJvamVjdDoy") { ... on Project { recordCount(filterCondition: $c) } } }`,
      ),
  ],
  [
    'by a variable in a list',
    (g) =>
      gql(
        'query Q($c: String) { node(id: "UHJvamVjdDoy") { ... on Project { recordCount(filterCondition: $c) } } }',
        { c: [`'${g}' in input.value`] },
      ),
  ],
  [
    'in a fragment',
    (g) =>
      gql(
        `query { node(id: "UHJvamVjdDoy") { ...F } } fragment F on Project { recordCount(filterCondition: "'${g}' in input.value") }`,
      ),
  ],
  [
    'a session filter',
    filtered((c) => `sessions(first: 1, sessionFilterCondition: "${c}") { edges { node { id } } }`),
  ],
  [
    'a search by words',
    (g) => gql(project(`sessions(first: 1, filterIoSubstring: "${g}") { edges { node { id } } }`)),
  ],
  ['a block string', (g) => gql(project(`recordCount(filterCondition: """'${g}' in input.value""")`))],
  [
    'an escaped string',
    (g) => gql(project(`recordCount(filterCondition: "\\u0027${g}\\u0027 in input.value")`)),
  ],
  [
    'by GET',
    (g) => phoenix(`/graphql?query=${enc(project(`recordCount(filterCondition: "'${g}' in input.value")`))}`),
  ],
  [
    'under the second of two operations',
    (g) =>
      phoenix('/graphql', {
        body: {
          query: `query A { viewer { id } } query B { node(id: "UHJvamVjdDoy") { ... on Project { recordCount(filterCondition: "'${g}' in input.value") } } }`,
          operationName: 'B',
        },
      }),
  ],
]

/** GraphQL that would show content without saying so. */
const shows: readonly (readonly [string, Ask])[] = [
  [
    'aliases that call content an id',
    gql(
      project(
        'spans(first: 50) { edges { node { id: attributes name: input { value: truncatedValue } startTime: metadata } } }',
      ),
    ),
  ],
  [
    'a list under another name',
    gql(project('a: spans(first: 50) { edges { n: node { x: output { id: value } } } }')),
  ],
  [
    'fragments on fragments',
    gql(
      `query { node(id: "UHJvamVjdDoy") { ...A } } fragment A on Project { spans { edges { node { ...B } } } } fragment B on Span { attributes ... { metadata } }`,
    ),
  ],
  [
    'content below a catalogue',
    gql(
      '{ projects { edges { node { spans { edges { node { description: attributes label: metadata } } } } } } }',
    ),
  ],
  [
    'many spans by aliases',
    gql(
      `{ ${Array.from({ length: 60 }, (_, i) => `s${i}: node(id: "${Buffer.from(`Span:${i}`).toString('base64')}") { ... on Span { attributes } }`).join(' ')} }`,
    ),
  ],
  [
    'many traces through a span',
    gql(
      '{ node(id: "U3Bhbjo2") { ... on Span { project { spans(first: 1000) { edges { node { attributes } } } } } } }',
    ),
  ],
  ['a field nobody knows', gql('{ everything { of { all { traces } } } }')],
  [
    'content as an error message',
    gql('{ validateSpanFilterCondition(condition: "1") { errorMessage: attributes } }'),
  ],
  [
    'datasets',
    gql('{ datasets { edges { node { examples { edges { node { revision { input output } } } } } } } }'),
  ],
  [
    'one key for two fields',
    gql('{ node(id: "U3Bhbjo2") { ... on Span { x: id } ... on Trace { x: attributes } } }'),
  ],
]
const refusedQueries: readonly (readonly [string, Ask])[] = [
  [
    'batching',
    phoenix('/graphql', {
      body: [{ query: '{ viewer { id } }' }, { query: project('spans { edges { node { attributes } } }') }],
    }),
  ],
  [
    'a persisted query',
    phoenix('/graphql', { body: { extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } } }),
  ],
  ['a document by id', phoenix('/graphql', { body: { documentId: 'ab', id: 'ab' } })],
  [
    'URL and body at once',
    phoenix('/graphql?query={viewer{id}}', { body: { query: project('recordCount') } }),
  ],
  ['a subscription', gql('subscription { chatCompletion { __typename } }')],
  [
    'a mutation that exports',
    gql('mutation { addSpansToDataset(input: {datasetId: "1", spanIds: ["U3Bhbjo2"]}) { dataset { id } } }'),
  ],
  [
    'a mutation that administers',
    gql('mutation { createUser(input: {email: "a@b.example"}) { user { id } } }'),
  ],
  [
    'a mutation by GET',
    phoenix(`/graphql?query=${enc('mutation { deleteProject(id: "1") { __typename } }')}`),
  ],
  [
    'two fields, one of them admin',
    gql('mutation { createSpanNote(input: {}) { __typename } deleteProject(id: "1") { __typename } }'),
  ],
  [
    'a form',
    phoenix('/graphql', {
      body: `query=${enc('{viewer{id}}')}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  ],
  [
    'a multipart form',
    phoenix('/graphql', {
      body: '--b\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":"{viewer{id}}"}\r\n--b--\r\n',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    }),
  ],
  ['fragments that never end', gql('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }')],
  [
    'Arrow instead of JSON',
    phoenix('/v1/spans?project_name=p', {
      body: { queries: [{}] },
      headers: { accept: 'application/x-pandas-arrow' },
    }),
  ],
  [
    'the assistants’ door',
    phoenix('/mcp', { body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'execute' } } }),
  ],
]

const exportsOf: readonly Ask[] = [
  ...['csv', 'jsonl', 'jsonl/openai_ft', 'jsonl/openai_evals'].map((as) => phoenix(`/v1/datasets/d1/${as}`)),
  phoenix('/v1/experiments/e1/json'),
  mlflow({ path: 'traces.json' }, '/api/2.0/mlflow/artifacts/presigned-download-url'),
  { door: 'mlflow', path: '/api/2.0/mlflow-artifacts/artifacts/1/traces/tr-1/artifacts/other.json' },
  { door: 'mlflow', path: '/get-artifact?path=traces.json&run_uuid=1' },
  mlflow({ query: 'all of them' }, '/ajax-api/3.0/mlflow/assistant/message'),
  { door: 'mlflow', path: '/api/3.0/mlflow/nothing/anybody/knows' },
  { door: 'mlflow', path: '/API/3.0/mlflow/traces/get?trace_id=tr-1' },
  { door: 'phoenix', path: '/v2/projects/p/spans' },
  { path: '/projects/code-agent/export', method: 'HEAD' },
  { path: '/traces/tr-1', method: 'DELETE' },
]

const entry = (rows: readonly number[], name: string, steps: Attack['steps']): Attack => ({
  rows,
  name,
  ...(steps && { steps }),
})
const X = (text: string, guess: string) => text.replaceAll('X', guess)

export const oracles: readonly Attack[] = [
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
  ...queries.map(([name, ask]) => entry([22, 23], `graphql oracle: ${name}`, [{ oracle: guesses(ask) }])),
  entry([22, 23], 'graphql sort by an evaluation', [
    {
      ask: gql(
        project(
          'spans(first: 5, sort: {evalResultKey: {name: "q", attr: label}, dir: asc}) { edges { node { id } } }',
        ),
      ),
      expect: 'refused',
    },
  ]),
  ...shows.map(([name, ask]) => entry([22, 24, 42], `graphql: ${name}`, [{ ask }])),
  ...refusedQueries.map(([name, ask]) =>
    entry([20, 22, 25], `refused: ${name}`, [{ ask, expect: 'refused' }]),
  ),
  entry([22], 'graphql: introspection shows no content', [
    { ask: gql('{ __schema { types { name fields { name description } } } }') },
  ]),
  ...exportsOf.map((ask) =>
    entry([25, 26], `way out: ${ask.door ?? 'traces'} ${ask.method ?? ''} ${ask.path}`, [
      { ask, expect: 'refused' },
    ]),
  ),
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
/** Lists show no content, however they are asked for. */
const lists: readonly Ask[] = [
  mlflow({ locations }),
  mlflow({ trace_ids: ['tr-1'] }, '/ajax-api/3.0/mlflow/traces/batchGetInfos'),
  { door: 'mlflow', path: '/api/2.0/mlflow/traces?experiment_ids=1' },
  { door: 'mlflow', path: '/api/2.0/mlflow/unified-traces?experiment_ids=1' },
  { door: 'mlflow', path: '/api/3.0/mlflow/traces/tr-1' },
  { door: 'mlflow', path: '/ajax-api/3.0/mlflow/get-trace-artifact?request_id=tr-1' },
  { door: 'mlflow', path: '/api/3.0/mlflow/traces/batchGet?trace_ids=tr-1&trace_ids=tr-2' },
  { door: 'mlflow', path: '/api/3.0/mlflow/datasets/d/records' },
  phoenix('/v1/projects/p/traces?include_spans=true'),
  phoenix('/v1/projects/p/spans?limit=1000'),
  phoenix('/v1/projects/p/spans/otlpv1'),
  phoenix('/v1/projects/p/sessions'),
  phoenix('/v1/projects'),
  phoenix('/v1/spans?project_name=p', {
    headers: { accept: 'application/json' },
    body: {
      queries: [{ select: { a: { key: 'input.value' }, 'context.trace_id': { key: 'context.trace_id' } } }],
    },
  }),
]
export const listings: readonly Attack[] = lists.map((ask) =>
  entry([24], `list: ${ask.door} ${ask.path}`, [{ ask }]),
)
