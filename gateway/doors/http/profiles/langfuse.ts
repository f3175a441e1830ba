import type { Action } from '../../../policy/facts.ts'
import type { Profile, Route, RouteResponse } from '../profile.ts'
import { examples } from './langfuse/examples.ts'
import * as read from './langfuse/facts.ts'
import * as shapes from './langfuse/shapes.ts'

/** `VERBS path` under `/api/public`. */
const route = (
  name: string,
  action: Action,
  response: RouteResponse,
  facts: read.Facts,
  ...lines: string[]
): Route[] =>
  lines.map((line) => {
    const [verbs = '', under = ''] = line.split(' ')
    const path = under.startsWith('/') ? under : `/api/public/${under}`
    return {
      name: `langfuse.${name}`,
      methods: verbs.split(','),
      path,
      action,
      response,
      facts: (request) => facts(path, request),
    }
  })

const CATALOGUE = [
  ...['health', 'projects', 'models', 'models/:id', 'score-configs', 'score-configs/:id', 'llm-connections'],
  ...[
    'v2/datasets',
    'v2/datasets/:dataset',
    'datasets/:dataset/runs',
    'datasets/:dataset/runs/:run',
    'dataset-run-items',
  ],
  ...['v2/prompts', 'annotation-queues', 'annotation-queues/:queue', 'annotation-queues/:queue/items'],
  ...['annotation-queues/:queue/items/:item', 'integrations/blob-storage', 'integrations/blob-storage/:id'],
]
const WRITES = [
  ...['POST ingestion', 'POST otel/v1/traces', 'POST scores', 'DELETE scores/:score', 'POST comments'],
  ...['POST dataset-items', 'POST dataset-run-items', 'POST v2/datasets', 'POST v2/prompts'],
  ...['PATCH v2/prompts/:prompt/versions/:version', 'POST score-configs', 'PATCH score-configs/:id'],
  ...[
    'POST annotation-queues',
    'POST annotation-queues/:queue/items',
    'PATCH annotation-queues/:queue/items/:item',
  ],
]

/**
 * Langfuse's public API, as its OpenAPI document and SDKs (3 and 5) describe it; no server was at hand. Its SDK sends
 * `Basic public-key:secret-key`: the secret key is the person's own token. Its clients give up after 5 s.
 */
export const langfuse: Profile = {
  name: 'langfuse',
  title: 'Langfuse',
  hold: 4_000,
  examples,
  routes: [
    ...route('traces', 'search', shapes.traceList, read.traces, 'GET traces'),
    ...route('trace', 'read', shapes.trace, read.trace, 'GET traces/:trace'),
    ...route(
      'observations',
      'search',
      shapes.observationList,
      read.observations,
      'GET observations',
      'GET v2/observations',
    ),
    ...route('observation', 'read', shapes.observation, read.single, 'GET observations/:observation'),
    ...route('sessions', 'search', shapes.sessionList, read.sessions, 'GET sessions'),
    ...route('session', 'search', shapes.session, read.sessions, 'GET sessions/:session'),
    ...route(
      'scores',
      'search',
      shapes.scoreList,
      read.scores,
      'GET scores',
      'GET v2/scores',
      'GET v3/scores',
    ),
    ...route('score', 'read', shapes.score, read.single, 'GET scores/:score', 'GET v2/scores/:score'),
    ...route('metrics', 'search', shapes.metrics, read.metrics, 'GET metrics', 'GET v2/metrics'),
    ...route('comments', 'search', shapes.commentList, read.naming, 'GET comments'),
    ...route('comment', 'read', shapes.comment, read.single, 'GET comments/:comment'),
    ...route('dataset-items', 'read', shapes.items, read.naming, 'GET dataset-items'),
    ...route('dataset-item', 'read', shapes.item, read.single, 'GET dataset-items/:item'),
    ...route('prompt', 'read', shapes.prompt, read.single, 'GET v2/prompts/:prompt'),
    ...route('catalogue', 'search', shapes.plain, read.naming, ...CATALOGUE.map((path) => `GET ${path}`)),
    ...route('write', 'write', shapes.written, read.writing, ...WRITES),
    // Signed links to the bucket, jobs that write to one, files made by the server.
    ...route('media', 'export', shapes.plain, read.writing, 'GET,PATCH media/:media', 'POST media'),
    ...route('blob-storage', 'export', shapes.plain, read.writing, 'PUT,POST integrations/blob-storage'),
    ...route(
      'batch-export',
      'export',
      shapes.plain,
      read.writing,
      'GET,POST /api/trpc/batchExport.create',
      'GET,POST /api/batch-export/*',
    ),
    ...route(
      'admin',
      'admin',
      shapes.plain,
      read.writing,
      'DELETE traces',
      'DELETE traces/:trace',
      'GET,POST,PUT,PATCH,DELETE organizations/*',
      'GET,POST,PUT,PATCH,DELETE scim/*',
      'POST,PUT,PATCH,DELETE projects',
      'GET,POST,PUT,PATCH,DELETE projects/*',
      'PUT,POST,DELETE llm-connections',
      'DELETE llm-connections/:id',
      'DELETE integrations/blob-storage/:id',
      'POST,PUT,PATCH,DELETE models',
      'POST,PUT,PATCH,DELETE models/:id',
      'POST,PATCH,DELETE v2/evaluators/*',
      'POST,PATCH,DELETE v2/evaluation-rules/*',
      'DELETE datasets/:dataset/runs/:run',
      'DELETE dataset-items/:item',
      'DELETE v2/prompts/:prompt',
      'DELETE annotation-queues/:queue/items/:item',
      'POST,DELETE annotation-queues/:queue/assignments',
    ),
  ],
}
