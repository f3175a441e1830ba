import type { Ask, Attack } from '../attack.ts'
import { entry, locations, mlflow, phoenix } from './kit.ts'

/** Exports and unknown routes, which must be refused, and lists, which must show no content. */
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
const listings: readonly Attack[] = lists.map((ask) =>
  entry([24], `list: ${ask.door} ${ask.path}`, [{ ask }]),
)

export const waysOut: readonly Attack[] = [
  ...exportsOf.map((ask) =>
    entry([25, 26], `way out: ${ask.door ?? 'traces'} ${ask.method ?? ''} ${ask.path}`, [
      { ask, expect: 'refused' },
    ]),
  ),
  ...listings,
]
