import type { Action } from '../../../../policy/facts.ts'
import type { RouteResponse } from '../../profile.ts'
import { type Facts, listing } from './facts.ts'
import * as shapes from './shapes.ts'

/** `VERB version path`; every API path exists under `/api` (client) and `/ajax-api` (pages). */
export interface Group {
  name: string
  action: Action
  response: RouteResponse
  facts?: Facts
  paths: readonly string[]
}

/** Runs, experiments, models, schemas, settings: what holds no trace. */
export const catalogue: readonly Group[] = [
  {
    name: 'list',
    action: 'search',
    response: shapes.plain,
    facts: listing,
    paths: [
      'GET 2.0 mlflow/experiments/search',
      'POST 2.0 mlflow/experiments/search',
      'GET 2.0 mlflow/experiments/get',
      'GET 2.0 mlflow/experiments/get-by-name',
      'POST 2.0 mlflow/experiments/search-datasets',
      'POST 2.0 mlflow/runs/search',
      'GET 2.0 mlflow/runs/get',
      'GET 2.0 mlflow/metrics/get-history',
      'GET 2.0 mlflow/metrics/get-history-bulk',
      'GET 2.0 mlflow/metrics/get-history-bulk-interval',
      'GET 2.0 mlflow/artifacts/list',
      'GET 2.0 mlflow-artifacts/artifacts',
      'POST 2.0 mlflow/logged-models/search',
      'GET 2.0 mlflow/logged-models/:model',
      'GET 2.0 mlflow/logged-models/:model/artifacts/directories',
      'GET 2.0 mlflow/registered-models/search',
      'GET 2.0 mlflow/registered-models/get',
      'GET 2.0 mlflow/registered-models/alias',
      'GET 2.0 mlflow/registered-models/get-latest-versions',
      'POST 2.0 mlflow/registered-models/get-latest-versions',
      'GET 2.0 mlflow/model-versions/search',
      'GET 2.0 mlflow/model-versions/get',
      'GET 3.0 mlflow/datasets/search',
      'POST 3.0 mlflow/datasets/search',
      'GET 3.0 mlflow/datasets/:dataset/experiment-ids',
      'GET 3.0 mlflow/datasets/:dataset',
      'GET 3.0 mlflow/label-schemas/list',
      'GET 3.0 mlflow/label-schemas/get',
      'GET 3.0 mlflow/label-schemas/get-by-name',
      'GET 3.0 mlflow/review-queues/list',
      'GET 3.0 mlflow/review-queues/get',
      'GET 3.0 mlflow/review-queues/get-by-name',
      'GET 3.0 mlflow/review-queues/items/list',
      'GET 3.0 mlflow/scorers/list',
      'GET 3.0 mlflow/scorers/get',
      'GET 3.0 mlflow/scorers/versions',
      'GET 3.0 mlflow/scorers/online-configs',
      'GET 3.0 mlflow/workspaces',
      'GET 3.0 mlflow/server-info',
      'GET 3.0 mlflow/assistant/config',
      'GET 3.0 mlflow/assistant/providers',
      'GET 3.0 mlflow/gateway/secrets/config',
      'GET 3.0 mlflow/gateway/supported-providers',
      'GET 3.0 mlflow/gateway/endpoints/list',
      'GET 2.0 mlflow/users/current',
      'GET 3.0 mlflow/users/current',
    ],
  },
  {
    name: 'write-run',
    action: 'write',
    response: shapes.plain,
    paths: [
      'POST 2.0 mlflow/experiments/create',
      'POST 2.0 mlflow/experiments/update',
      'POST 2.0 mlflow/experiments/set-experiment-tag',
      'POST 2.0 mlflow/experiments/delete-experiment-tag',
      'POST 2.0 mlflow/runs/create',
      'POST 2.0 mlflow/runs/update',
      'POST 2.0 mlflow/runs/log-batch',
      'POST 2.0 mlflow/runs/log-inputs',
      'POST 2.0 mlflow/runs/log-metric',
      'POST 2.0 mlflow/runs/log-model',
      'POST 2.0 mlflow/runs/log-parameter',
      'POST 2.0 mlflow/runs/outputs',
      'POST 2.0 mlflow/runs/set-tag',
      'POST 2.0 mlflow/runs/delete-tag',
      'POST 2.0 mlflow/logged-models',
      'PATCH 2.0 mlflow/logged-models/:model',
      'POST 2.0 mlflow/logged-models/:model/params',
      'PATCH 2.0 mlflow/logged-models/:model/tags',
      'POST 2.0 mlflow/registered-models/create',
      'PATCH 2.0 mlflow/registered-models/update',
      'POST 2.0 mlflow/registered-models/set-tag',
      'POST 2.0 mlflow/registered-models/alias',
      'POST 2.0 mlflow/model-versions/create',
      'PATCH 2.0 mlflow/model-versions/update',
      'POST 2.0 mlflow/model-versions/set-tag',
      'POST 3.0 mlflow/review-queues/get-or-create-user',
      'PUT 2.0 mlflow-artifacts/artifacts/*',
    ],
  },
  {
    name: 'delete',
    action: 'admin',
    response: shapes.plain,
    paths: [
      'POST 2.0 mlflow/experiments/delete',
      'POST 2.0 mlflow/experiments/restore',
      'POST 2.0 mlflow/runs/delete',
      'POST 2.0 mlflow/runs/restore',
      'DELETE 2.0 mlflow/logged-models/:model',
      'DELETE 2.0 mlflow/registered-models/delete',
      'DELETE 2.0 mlflow/model-versions/delete',
      'DELETE 2.0 mlflow-artifacts/artifacts/*',
    ],
  },
  {
    // Webhooks push what happens to another server; gateway secrets are the store's own credentials.
    name: 'settings',
    action: 'admin',
    response: shapes.plain,
    paths: [
      '2.0 mlflow/webhooks',
      '2.0 mlflow/webhooks/*',
      '3.0 mlflow/gateway/*',
      '3.0 mlflow/workspaces/*',
      '3.0 mlflow/demo/*',
    ],
  },
]
