import type { Ask, Attack } from '../attack.ts'
import { enc, entry, gql, guesses, phoenix, project } from './kit.ts'

/** GraphQL: conditions anywhere in a document, and content under other names. */
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

export const graphql: readonly Attack[] = [
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
]
