import { iso } from '../../../../../core/clock.ts'
import type { Decoy } from '../../../../decoys/decoy.ts'
import { type Story, storyOf } from '../../../../decoys/story.ts'

/** A decoy in the three encodings that MLflow has for the same trace. Numbers of nanoseconds are printed by hand. */
interface SpanParts {
  name: string
  type: string
  id: Buffer
  parent: Buffer | undefined
  /** ms since epoch */
  start: number
  end: number
  inputs: object
  outputs: object
}

const LASTS = 4_000

/** How long it says it took, ms. */
const lastsOf = (decoy: Decoy) => LASTS + (decoy.bytes('lasts', 2).readUInt16BE() % 9_000)

function spansOf(decoy: Decoy, story: Story): SpanParts[] {
  const { time } = decoy
  const end = time + lastsOf(decoy)
  const root = decoy.bytes('span-0', 8)
  const message = (content: string, reasoning?: string) => ({
    choices: [
      {
        message: {
          role: 'assistant',
          ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
          content,
        },
      },
    ],
  })
  return [
    {
      name: 'agent',
      type: 'AGENT',
      id: root,
      parent: undefined,
      start: time,
      end,
      inputs: { question: story.question },
      outputs: { answer: story.answer },
    },
    {
      name: 'think',
      type: 'CHAT_MODEL',
      id: decoy.bytes('span-1', 8),
      parent: root,
      start: time + 12,
      end: end - 1_900,
      inputs: {
        messages: [
          { role: 'system', content: story.system },
          { role: 'user', content: story.question },
        ],
      },
      outputs: message('', story.thought),
    },
    {
      name: story.tool.name,
      type: 'TOOL',
      id: decoy.bytes('span-2', 8),
      parent: root,
      start: end - 1_850,
      end: end - 1_210,
      inputs: { query: story.tool.input },
      outputs: { result: story.tool.output },
    },
  ]
}

const nanos = (ms: number, decoy: Decoy, purpose: string) =>
  `${ms}${String(decoy.bytes(purpose, 4).readUInt32BE() % 1_000_000).padStart(6, '0')}`

const timesOf = (decoy: Decoy, span: SpanParts) => ({
  start: nanos(span.start, decoy, `${span.name}-start`),
  end: nanos(span.end, decoy, `${span.name}-end`),
})

const otlpOf = (value: unknown): object => {
  if (typeof value === 'string') return { string_value: value }
  if (Array.isArray(value)) return { array_value: { values: value.map(otlpOf) } }
  return { kvlist_value: { values: pairs(Object.entries(value ?? {})) } }
}
const pairs = (entries: [string, unknown][]) => entries.map(([key, value]) => ({ key, value: otlpOf(value) }))

/** As `traces/get` and `batchGet` send a span. */
function otlpSpan(decoy: Decoy, span: SpanParts): string {
  const { start, end } = timesOf(decoy, span)
  const attributes = pairs([
    ['mlflow.traceRequestId', decoy.id],
    ['mlflow.spanType', span.type],
    ['mlflow.spanInputs', span.inputs],
    ['mlflow.spanOutputs', span.outputs],
  ])
  return `{"trace_id":${JSON.stringify(traceBytes(decoy).toString('base64'))},"span_id":${JSON.stringify(span.id.toString('base64'))},${
    span.parent ? `"parent_span_id":${JSON.stringify(span.parent.toString('base64'))},` : ''
  }"name":${JSON.stringify(span.name)},"start_time_unix_nano":${start},"end_time_unix_nano":${end},"attributes":${JSON.stringify(attributes)},"status":{"code":"STATUS_CODE_OK"}}`
}

/** As the artifact has it: each attribute is JSON in a string. */
function artifactSpan(decoy: Decoy, span: SpanParts): string {
  const { start, end } = timesOf(decoy, span)
  const attributes = {
    'mlflow.traceRequestId': JSON.stringify(decoy.id),
    'mlflow.spanType': JSON.stringify(span.type),
    'mlflow.spanInputs': JSON.stringify(span.inputs),
    'mlflow.spanOutputs': JSON.stringify(span.outputs),
  }
  const parent = span.parent ? JSON.stringify(span.parent.toString('base64')) : 'null'
  return `{"trace_id": ${JSON.stringify(traceBytes(decoy).toString('base64'))}, "span_id": ${JSON.stringify(span.id.toString('base64'))}, "parent_span_id": ${parent}, "name": ${JSON.stringify(span.name)}, "start_time_unix_nano": ${start}, "end_time_unix_nano": ${end}, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": ${JSON.stringify(attributes)}, "links": []}`
}

const traceBytes = (decoy: Decoy) => Buffer.from(decoy.id.slice(3), 'hex')

function described(decoy: Decoy) {
  const story = storyOf(decoy)
  const spans = spansOf(decoy, story)
  const printed = spans.map((span) => otlpSpan(decoy, span))
  const sizes = printed.map(({ length }) => length).sort((a, b) => a - b)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const stats = {
    total_size_bytes: total,
    num_spans: sizes.length,
    max: sizes.at(-1),
    p25: sizes[0],
    p50: sizes[1],
    p75: sizes.at(-1),
  }
  const inputs = JSON.stringify({ question: story.question })
  const outputs = JSON.stringify({ answer: story.answer })
  const experiment = decoy.places[0] ?? '0'
  return {
    spans,
    printed,
    inputs,
    outputs,
    experiment,
    metadata: {
      'mlflow.trace_schema.version': '3',
      'mlflow.trace.infoFinalized': 'true',
      'mlflow.traceInputs': inputs,
      'mlflow.traceOutputs': outputs,
      'mlflow.user': 'svc-reports',
      'mlflow.source.name': 'assistant.py',
      'mlflow.source.type': 'LOCAL',
      'mlflow.trace.sizeBytes': String(total),
      'mlflow.trace.sizeStats': JSON.stringify(stats),
    },
    tags: {
      'mlflow.artifactLocation': `mlflow-artifacts:/${experiment}/traces/${decoy.id}/artifacts`,
      'mlflow.traceName': 'agent',
      'mlflow.trace.spansLocation': 'TRACKING_STORE',
    },
  }
}

/** TraceInfo of API 3.0. */
export function infoOf(decoy: Decoy): string {
  const { inputs, outputs, experiment, metadata, tags } = described(decoy)
  return JSON.stringify({
    trace_id: decoy.id,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: experiment } },
    request_time: iso(decoy.time),
    execution_duration: `${lastsOf(decoy) / 1000}s`,
    state: 'OK',
    trace_metadata: metadata,
    tags,
    request_preview: inputs,
    response_preview: outputs,
  })
}

/** TraceInfo of API 2.0. */
export function olderInfoOf(decoy: Decoy): string {
  const { experiment, metadata, tags } = described(decoy)
  const listed = (of: Readonly<Record<string, string>>) =>
    Object.entries(of).map(([key, value]) => ({ key, value }))
  return JSON.stringify({
    request_id: decoy.id,
    experiment_id: experiment,
    timestamp_ms: decoy.time,
    execution_time_ms: lastsOf(decoy),
    status: 'OK',
    request_metadata: listed(metadata),
    tags: listed(tags),
  })
}

/** `{trace_info, spans}`. */
export const wholeOf = (decoy: Decoy): string =>
  `{"trace_info":${infoOf(decoy)},"spans":[${described(decoy).printed.join(',')}]}`

/** `traces.json`. */
export const artifactOf = (decoy: Decoy): string =>
  `{"spans": [${described(decoy)
    .spans.map((span) => artifactSpan(decoy, span))
    .join(', ')}]}`
