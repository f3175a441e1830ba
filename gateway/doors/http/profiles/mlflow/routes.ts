import type { Route } from '../../profile.ts'
import { catalogue, type Group } from './catalogue.ts'
import { batch, correlating, listing, measuring, naming, searching, single } from './facts.ts'
import * as shapes from './shapes.ts'

const groups: readonly Group[] = [
  // Traces.
  {
    name: 'search-traces',
    action: 'search',
    response: shapes.traceList,
    facts: searching,
    paths: ['POST 3.0 mlflow/traces/search', 'GET 2.0 mlflow/traces', 'GET 2.0 mlflow/unified-traces'],
  },
  {
    name: 'trace-infos',
    action: 'search',
    response: shapes.infoList,
    facts: batch,
    paths: ['POST 3.0 mlflow/traces/batchGetInfos'],
  },
  {
    name: 'batch-get-traces',
    action: 'read',
    response: shapes.wholeTraces,
    facts: batch,
    paths: ['GET 3.0 mlflow/traces/batchGet'],
  },
  {
    name: 'get-trace',
    action: 'read',
    response: shapes.wholeTrace,
    facts: single,
    paths: ['GET 3.0 mlflow/traces/get'],
  },
  {
    name: 'trace-artifact',
    action: 'read',
    response: shapes.traceArtifact,
    facts: single,
    paths: [
      'GET 2.0 mlflow/get-trace-artifact',
      'GET 3.0 mlflow/get-trace-artifact',
      'GET 2.0 mlflow-artifacts/artifacts/:experiment/traces/:trace/artifacts/traces.json',
    ],
  },
  {
    name: 'assessment',
    action: 'read',
    response: shapes.assessment,
    facts: single,
    paths: ['GET 3.0 mlflow/traces/:trace/assessments/:assessment'],
  },
  {
    name: 'trace-info',
    action: 'read',
    response: shapes.traceInfo,
    facts: single,
    paths: ['GET 2.0 mlflow/traces/:trace/info', 'GET 3.0 mlflow/traces/:trace'],
  },
  {
    name: 'trace-metrics',
    action: 'search',
    response: shapes.metrics,
    facts: measuring,
    paths: ['POST 3.0 mlflow/traces/metrics'],
  },
  {
    name: 'filter-correlation',
    action: 'search',
    response: shapes.correlation,
    facts: correlating,
    paths: ['POST 3.0 mlflow/traces/calculate-filter-correlation'],
  },
  {
    name: 'write-trace',
    action: 'write',
    response: shapes.traceInfo,
    paths: [
      'POST 2.0 mlflow/traces',
      'POST 3.0 mlflow/traces',
      'PATCH 2.0 mlflow/traces/:trace',
      'PATCH 2.0 mlflow/traces/:trace/tags',
      'DELETE 2.0 mlflow/traces/:trace/tags',
      'PATCH 3.0 mlflow/traces/:trace/tags',
      'DELETE 3.0 mlflow/traces/:trace/tags',
      'POST 2.0 mlflow/traces/link-to-run',
      'POST 2.0 mlflow/traces/link-prompts',
    ],
  },
  {
    name: 'write-assessment',
    action: 'write',
    response: shapes.assessment,
    paths: [
      'POST 3.0 mlflow/traces/:trace/assessments',
      'PATCH 3.0 mlflow/traces/:trace/assessments/:assessment',
      'DELETE 3.0 mlflow/traces/:trace/assessments/:assessment',
    ],
  },
  {
    // Evidence goes with them, so it is not an everyday write.
    name: 'delete-traces',
    action: 'admin',
    response: shapes.plain,
    paths: ['POST 2.0 mlflow/traces/delete-traces', 'POST 3.0 mlflow/traces/delete-traces'],
  },
  // What is made of traces.
  {
    name: 'dataset-records',
    action: 'read',
    response: shapes.datasetRecords,
    facts: listing,
    paths: ['GET 3.0 mlflow/datasets/:dataset/records'],
  },
  {
    // A dataset made from traces is a copy of them.
    name: 'dataset-write',
    action: 'write',
    response: shapes.datasetRecords,
    paths: [
      'POST 3.0 mlflow/datasets/create',
      'POST 3.0 mlflow/datasets/:dataset/records',
      'DELETE 3.0 mlflow/datasets/:dataset/records',
      'DELETE 3.0 mlflow/datasets/:dataset',
      'PATCH 3.0 mlflow/datasets/:dataset/tags',
      'DELETE 3.0 mlflow/datasets/:dataset/tags/:key',
      'POST 3.0 mlflow/datasets/:dataset/add-experiments',
      'POST 3.0 mlflow/datasets/:dataset/remove-experiments',
    ],
  },
  {
    name: 'issues',
    action: 'search',
    response: shapes.issueList,
    facts: listing,
    paths: ['POST 3.0 mlflow/issues/search'],
  },
  // What leaves by another way than through this door.
  {
    name: 'presigned-url',
    action: 'export',
    response: shapes.plain,
    paths: [
      'POST 2.0 mlflow/artifacts/presigned-download-url',
      'POST 2.0 mlflow/artifacts/presigned-upload-url',
      'GET 2.0 mlflow-artifacts/presigned/*',
    ],
  },
  {
    name: 'artifact',
    action: 'export',
    response: shapes.plain,
    paths: [
      'GET 2.0 mlflow-artifacts/artifacts/*',
      'GET 2.0 mlflow/logged-models/:model/artifacts/files',
      'GET 2.0 mlflow/get-online-trace-details',
    ],
  },
  {
    name: 'server-side-reader',
    action: 'export',
    response: shapes.plain,
    paths: [
      'POST 3.0 mlflow/assistant/message',
      'POST 3.0 mlflow/genai/evaluate/invoke',
      'POST 3.0 mlflow/scorer/invoke',
      'POST 3.0 mlflow/issues/invoke',
      'POST 3.0 mlflow/prompt-optimization/jobs',
    ],
  },
  ...catalogue,
]

const outside: readonly Route[] = [
  { name: 'otlp-traces', methods: ['POST'], path: '/v1/traces', action: 'write', response: shapes.asset },
  { name: 'graphql', methods: ['GET', 'POST'], path: '/graphql', action: 'search', response: shapes.plain },
  { name: 'get-artifact', methods: ['GET'], path: '/get-artifact', action: 'export', response: shapes.plain },
  {
    name: 'get-artifact',
    methods: ['GET'],
    path: '/model-versions/get-artifact',
    action: 'export',
    response: shapes.plain,
  },
  ...['/', '/health', '/version', '/favicon.ico', '/static-files/*'].map(
    (path): Route => ({ name: 'asset', methods: ['GET'], path, action: 'asset', response: shapes.asset }),
  ),
  {
    name: 'ui-telemetry',
    methods: ['GET', 'POST'],
    path: '/ajax-api/3.0/mlflow/ui-telemetry',
    action: 'search',
    response: shapes.plain,
  },
]

const ANY = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export const routes: readonly Route[] = [
  ...groups.flatMap((group) =>
    group.paths.flatMap((line) => {
      const words = line.split(' ')
      const [verb, version, path] = words.length === 3 ? words : [undefined, ...words]
      return ['api', 'ajax-api'].map((prefix) => routeOf(group, verb, `/${prefix}/${version}/${path}`))
    }),
  ),
  ...outside.map((route) => ({ ...route, name: `mlflow.${route.name}` })),
]

function routeOf(group: Group, verb: string | undefined, path: string): Route {
  const facts = group.facts ?? naming
  return {
    name: `mlflow.${group.name}`,
    methods: verb ? [verb] : ANY,
    path,
    action: group.action,
    facts: (request) => facts(path, request),
    response: group.response,
  }
}
