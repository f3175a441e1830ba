import type { ResponseShape } from '../../../../masking/masker.ts'
import type { RouteResponse } from '../../profile.ts'
import { under } from '../otlp.ts'

/**
 * Where Langfuse's answers keep what is not content: ids, times, kinds, models, sums. Names, tags, users and metadata are
 * content, and so are inputs and outputs. Scores show their name and number.
 */
const COMMON = [
  ...['id', 'traceId', 'projectId', 'sessionId', 'environment', 'version', 'release', 'public', 'bookmarked'],
  ...['timestamp', 'createdAt', 'updatedAt', 'startTime', 'endTime', 'completionStartTime', 'htmlPath'],
  ...[
    'latency',
    'totalCost',
    'timeToFirstToken',
    'type',
    'level',
    'parentObservationId',
    'isRootObservation',
  ],
  ...['model', 'modelId', 'internalModelId', 'promptId', 'promptVersion', 'usagePricingTierName', 'unit'],
  ...['usage.**', 'usageDetails.**', 'costDetails.**', 'inputPrice', 'outputPrice', 'totalPrice'],
  ...[
    'calculatedInputCost',
    'calculatedOutputCost',
    'calculatedTotalCost',
    'promptTokens',
    'completionTokens',
    'totalTokens',
  ],
]
const SCORE = [
  ...['id', 'traceId', 'sessionId', 'observationId', 'datasetRunId', 'configId', 'queueId', 'environment'],
  ...['name', 'value', 'dataType', 'source', 'timestamp', 'createdAt', 'updatedAt', 'trace.environment'],
  ...['subject.kind', 'subject.id', 'subject.traceId', 'subject.observationId', 'subject.sessionId'],
]
const TRACE = [
  ...COMMON,
  'observations.*',
  'scores.*',
  ...under('observations.*', COMMON),
  ...under('scores.*', SCORE),
]

/** What filters, sorts and metrics may test, by the names of Langfuse's columns. */
const COLUMNS = [
  ...[
    'id',
    'traceId',
    'sessionId',
    'timestamp',
    'startTime',
    'endTime',
    'environment',
    'version',
    'release',
    'bookmarked',
  ],
  ...[
    'type',
    'level',
    'parentObservationId',
    'isRootObservation',
    'latency',
    'timeToFirstToken',
    'tokensPerSecond',
  ],
  ...[
    'inputTokens',
    'outputTokens',
    'totalTokens',
    'tokens',
    'inputCost',
    'outputCost',
    'totalCost',
    'promptVersion',
  ],
  ...[
    'warningCount',
    'errorCount',
    'defaultCount',
    'debugCount',
    'scores_avg',
    'scores',
    'model',
    'providedModelName',
  ],
  ...[
    'count',
    'observationsCount',
    'scoresCount',
    'streamingLatency',
    'timestampMonth',
    'timestampDay',
    'date',
  ],
]
const TESTABLE = [
  ...['trace', 'observation'].flatMap((of) => under(of, COLUMNS)),
  ...under('score', [...SCORE, 'count']),
]
const PAGE = ['meta.**', 'error', 'status']

const json = (listing: boolean, parts: Partial<ResponseShape>): RouteResponse => ({
  kind: 'json',
  listing,
  shape: {
    traceId: [],
    time: [],
    record: [],
    ...parts,
    structural: [...PAGE, ...TESTABLE, ...(parts.structural ?? [])],
  },
})

export const traceList = json(true, {
  traceId: ['data.*.id'],
  time: ['data.*.timestamp'],
  record: ['data.*'],
  structural: under('data.*', TRACE),
})
export const trace = json(false, {
  traceId: ['id'],
  time: ['timestamp'],
  record: ['observations.*'],
  structural: TRACE,
})

const observations: Partial<ResponseShape> = {
  traceId: ['data.*.traceId'],
  time: ['data.*.startTime'],
  record: ['data.*'],
  structural: under('data.*', COMMON),
}
export const observationList = json(true, observations)
/** Of one trace that the request names. */
export const observationsOfTrace = json(false, observations)
export const observation = json(false, { traceId: ['traceId'], time: ['startTime'], structural: COMMON })

export const sessionList = json(true, { structural: under('data.*', COMMON) })
/** A session holds several traces, so it is a list. */
export const session = json(true, {
  traceId: ['traces.*.id'],
  time: ['traces.*.timestamp'],
  record: ['traces.*'],
  structural: [...COMMON, ...under('traces.*', TRACE)],
})

const scores: Partial<ResponseShape> = {
  traceId: ['data.*.traceId', 'data.*.subject.traceId'],
  time: ['data.*.timestamp'],
  record: ['data.*'],
  structural: under('data.*', SCORE),
}
export const scoreList = json(true, scores)
export const scoresOfTrace = json(false, scores)
export const score = json(false, { traceId: ['traceId'], time: ['timestamp'], structural: SCORE })

export const commentList = json(true, {
  structural: under('data.*', ['id', 'objectId', 'objectType', 'createdAt', 'updatedAt']),
})
export const comment = json(false, {
  traceId: ['objectId'],
  time: ['createdAt'],
  structural: ['id', 'objectId', 'objectType'],
})

/** Copies of trace content: each item counts as a trace, and so does each version of a prompt. */
const ITEM = [
  'id',
  'datasetId',
  'datasetName',
  'sourceTraceId',
  'sourceObservationId',
  'status',
  'createdAt',
  'updatedAt',
]
export const items = json(false, {
  traceId: ['data.*.id'],
  time: ['data.*.createdAt'],
  record: ['data.*'],
  structural: under('data.*', ITEM),
})
export const item = json(false, { traceId: ['id'], time: ['createdAt'], structural: ITEM })
export const prompt = json(false, {
  traceId: ['id'],
  structural: ['id', 'name', 'version', 'type', 'labels.*', 'createdAt'],
})

/** Numbers, and the dimensions by which they are grouped, which are judged as predicates. */
export const metrics = json(true, { structural: ['data.*.**'] })

/** Names of projects, models, data sets, queues: no traces. Masking rules still apply. */
export const plain: RouteResponse = {
  kind: 'json',
  listing: false,
  shape: { traceId: [], time: [], record: [], structural: ['**'] },
}
/** Ids and states of what was written; an ingest by OTLP answers nothing. */
export const written = json(true, {
  structural: [
    'id',
    'successes.*.id',
    'successes.*.status',
    'errors.*.id',
    'errors.*.status',
    'partialSuccess.**',
    'name',
    'version',
  ],
})
