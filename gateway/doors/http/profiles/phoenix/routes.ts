import type { Action } from '../../../../policy/facts.ts'
import type { Route, RouteResponse } from '../../profile.ts'
import { mcpRoutes } from '../mcp/messages.ts'
import { type Facts, naming, searching } from './facts.ts'
import { graphqlFacts } from './graphql.ts'
import { phoenixTools } from './mcp.ts'
import * as shapes from './shapes.ts'
import { spansQueryFacts } from './spans-query.ts'

/** `VERB path` under `/v1`. */
interface Group {
  name: string
  action: Action
  response: RouteResponse
  facts?: Facts
  paths: readonly string[]
}

const groups: readonly Group[] = [
  {
    name: 'spans',
    action: 'read',
    response: shapes.spans,
    facts: searching,
    paths: ['GET projects/:project/spans'],
  },
  {
    name: 'otlp-spans',
    action: 'read',
    response: shapes.otlpSpans,
    facts: searching,
    paths: ['GET projects/:project/spans/otlpv1'],
  },
  {
    name: 'traces',
    action: 'search',
    response: shapes.traces,
    facts: searching,
    paths: ['GET projects/:project/traces'],
  },
  {
    name: 'sessions',
    action: 'search',
    response: shapes.sessions,
    facts: searching,
    paths: ['GET projects/:project/sessions', 'GET sessions/:session'],
  },
  {
    name: 'annotations',
    action: 'read',
    response: shapes.annotations,
    facts: searching,
    paths: [
      'GET projects/:project/span_annotations',
      'GET projects/:project/trace_annotations',
      'GET projects/:project/session_annotations',
    ],
  },
  {
    name: 'dataset-examples',
    action: 'read',
    response: shapes.examples,
    paths: ['GET datasets/:dataset/examples'],
  },
  {
    name: 'experiment-runs',
    action: 'read',
    response: shapes.experimentRuns,
    paths: ['GET experiments/:experiment/runs'],
  },
  {
    name: 'prompt-versions',
    action: 'read',
    response: shapes.promptVersions,
    paths: [
      'GET prompts/:prompt/versions',
      'GET prompts/:prompt/latest',
      'GET prompts/:prompt/tags/:tag',
      'GET prompt_versions/:version',
    ],
  },
  {
    name: 'export',
    action: 'export',
    response: shapes.plain,
    paths: [
      'GET datasets/:dataset/csv',
      'GET datasets/:dataset/jsonl',
      'GET datasets/:dataset/jsonl/openai_ft',
      'GET datasets/:dataset/jsonl/openai_evals',
      'GET experiments/:experiment/json',
      'GET experiments/:experiment/csv',
      'GET experiments/:experiment/incomplete-runs',
      'GET experiments/:experiment/incomplete-evaluations',
    ],
  },
  {
    name: 'list',
    action: 'search',
    response: shapes.plain,
    paths: [
      'GET projects',
      'GET projects/:project',
      'GET projects/:project/annotation_configs',
      'GET annotation_configs',
      'GET annotation_configs/:config',
      'GET datasets',
      'GET datasets/:dataset',
      'GET datasets/:dataset/versions',
      'GET datasets/:dataset/splits',
      'GET datasets/:dataset/labels',
      'GET datasets/:dataset/experiments',
      'GET dataset_labels',
      'GET dataset_labels/:label',
      'GET experiments/:experiment',
      'GET experiments/:experiment/tags',
      'GET prompts',
      'GET prompt_versions/:version/tags',
      'GET model_providers',
      'GET user',
    ],
  },
  {
    name: 'write',
    action: 'write',
    response: shapes.written,
    paths: [
      'POST projects',
      'POST projects/:project/spans',
      'POST span_annotations',
      'POST span_notes',
      'POST trace_annotations',
      'POST trace_notes',
      'POST session_annotations',
      'POST session_notes',
      'POST document_annotations',
      'POST annotation_configs',
      'PUT annotation_configs/:config',
      'POST dataset_labels',
      'PATCH dataset_labels/:label',
      'PUT datasets/:dataset/labels',
      'PUT datasets/:dataset/labels/:label',
      'POST datasets/upload',
      'POST datasets/:dataset/splits',
      'PATCH datasets/:dataset/splits/:split',
      'POST datasets/:dataset/experiments',
      'PATCH experiments/:experiment',
      'POST experiments/:experiment/tags',
      'POST experiments/:experiment/runs',
      'POST experiment_evaluations',
      'POST prompts',
      'PATCH prompts/:prompt',
      'POST prompts/:prompt/versions',
      'POST prompt_versions/:version/tags',
    ],
  },
  {
    // Assistants read traces on the server's side and answer in a stream.
    name: 'assistant',
    action: 'export',
    response: shapes.plain,
    paths: ['agent_sessions', 'agent_sessions/*', 'chat/completions'],
  },
  {
    // Removal, moves between projects, users, keys, secrets, retention.
    name: 'settings',
    action: 'admin',
    response: shapes.plain,
    paths: [
      'DELETE projects/*',
      'PUT projects/*',
      'PATCH projects/*',
      'DELETE traces/:trace',
      'POST traces/transfer',
      'DELETE spans/:span',
      'DELETE sessions/:session',
      'POST sessions/delete',
      'DELETE datasets/*',
      'DELETE experiments/*',
      'DELETE prompts/*',
      'DELETE prompt_versions/*',
      'DELETE annotation_configs/*',
      'DELETE dataset_labels/*',
      'custom_model_providers',
      'users',
      'users/*',
      'user/*',
      'secrets',
      'system/*',
    ],
  },
]

const asset = (path: string): Route => ({
  name: 'phoenix.asset',
  methods: ['GET'],
  path,
  action: 'asset',
  response: shapes.asset,
})
const PAGES = [
  ...['projects', 'datasets', 'experiments', 'prompts', 'playground', 'evaluators', 'dashboards', 'settings'],
  ...['apis', 'support', 'profile', 'chat', 'redirects', 'search'],
]
const ICONS = [57, 60, 72, 76, 114, 120, 144, 152, 180].map((size) => `/apple-touch-icon-${size}x${size}.png`)

const outside = (): Route[] => [
  {
    name: 'phoenix.query-spans',
    methods: ['POST'],
    path: '/v1/spans',
    action: 'read',
    facts: spansQueryFacts,
    response: shapes.spanTables,
  },
  {
    name: 'phoenix.graphql',
    methods: ['GET', 'POST'],
    path: '/graphql',
    action: 'search',
    facts: graphqlFacts(),
    response: shapes.plain,
  },
  {
    name: 'phoenix.otlp-traces',
    methods: ['POST'],
    path: '/v1/traces',
    action: 'write',
    response: shapes.asset,
  },
  ...['/auth/*', '/oauth2/*'].map(
    (path): Route => ({ name: 'phoenix.auth', methods: ANY, path, action: 'admin', response: shapes.plain }),
  ),
  {
    name: 'phoenix.client-errors',
    methods: ['POST'],
    path: '/client_errors',
    action: 'asset',
    response: shapes.asset,
  },
  {
    name: 'phoenix.openapi',
    methods: ['GET'],
    path: '/openapi.json',
    action: 'search',
    response: shapes.plain,
  },
  ...['/', '/assets/*', '/favicon.ico', '/apple-touch-icon.png', ...ICONS, '/modernizr.js'].map(asset),
  ...['/healthz', '/arize_phoenix_version', '/docs', '/login'].map(asset),
  ...PAGES.flatMap((page) => [asset(`/${page}`), asset(`/${page}/*`)]),
]

const ANY = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

const rest: readonly Route[] = groups.flatMap((group) =>
  group.paths.map((line) => {
    const words = line.split(' ')
    const [verb, path] = words.length === 2 ? words : [undefined, line]
    return routeOf(group, verb, `/v1/${path}`)
  }),
)

export const routes = (): readonly Route[] => [
  ...mcpRoutes('/mcp', 'phoenix.mcp', phoenixTools(rest)),
  ...outside(),
  ...rest,
]

function routeOf(group: Group, verb: string | undefined, path: string): Route {
  const facts = group.facts ?? naming
  return {
    name: `phoenix.${group.name}`,
    methods: verb ? [verb] : ANY,
    path,
    action: group.action,
    facts: (request) => facts(path, request),
    response: group.response,
  }
}
