import type { Decoy } from '../../../../decoys/decoy.ts'
import { type Story, storyOf } from '../../../../decoys/story.ts'

/** A decoy as Phoenix's REST sends it: as a trace in a list, and span by span in two encodings. */
interface SpanParts {
  node: string
  id: string
  parent: string | null
  name: string
  kind: string
  start: number
  end: number
  attributes: Readonly<Record<string, string>>
}

const LASTS = 3_000
const endOf = (decoy: Decoy) => decoy.time + LASTS + (decoy.bytes('lasts', 2).readUInt16BE() % 9_000)

/** Phoenix prints microseconds. */
const micros = (ms: number, decoy: Decoy, purpose: string) =>
  `${new Date(ms).toISOString().slice(0, 23)}${String(decoy.bytes(purpose, 2).readUInt16BE() % 1000).padStart(3, '0')}+00:00`

/** Ids of nodes are a type and a number; these are far beyond those that a store gives out. */
const nodeOf = (type: string, decoy: Decoy, offset = 0) =>
  Buffer.from(`${type}:${(decoy.bytes('node', 3).readUIntBE(0, 3) % 90_000) + 10_000 + offset}`).toString(
    'base64',
  )

function spansOf(decoy: Decoy, story: Story): SpanParts[] {
  const end = endOf(decoy)
  const root = decoy.bytes('span-0', 8).toString('hex')
  return [
    {
      node: nodeOf('Span', decoy, 2),
      id: root,
      parent: null,
      name: 'agent',
      kind: 'AGENT',
      start: decoy.time,
      end,
      attributes: {
        'input.value': story.question,
        'output.value': JSON.stringify({ answer: story.answer }),
        'output.mime_type': 'application/json',
      },
    },
    {
      node: nodeOf('Span', decoy, 1),
      id: decoy.bytes('span-1', 8).toString('hex'),
      parent: root,
      name: 'think',
      kind: 'LLM',
      start: decoy.time + 12,
      end: end - 1_400,
      attributes: {
        'llm.input_messages.0.message.role': 'system',
        'llm.input_messages.0.message.content': story.system,
        'llm.input_messages.1.message.role': 'user',
        'llm.input_messages.1.message.content': story.question,
        'llm.output_messages.0.message.role': 'assistant',
        'llm.output_messages.0.message.contents.0.message_content.text': story.thought,
      },
    },
    {
      node: nodeOf('Span', decoy),
      id: decoy.bytes('span-2', 8).toString('hex'),
      parent: root,
      name: story.tool.name,
      kind: 'TOOL',
      start: end - 1_350,
      end: end - 610,
      attributes: { 'input.value': story.tool.input, 'output.value': story.tool.output },
    },
  ]
}

const started = (decoy: Decoy, span: SpanParts) => micros(span.start, decoy, `${span.id}-start`)
const ended = (decoy: Decoy, span: SpanParts) => micros(span.end, decoy, `${span.id}-end`)

/** An element of `projects/:project/traces`; the project's own id is a sibling's, or one of the decoy's places. */
export function listedTrace(
  decoy: Decoy,
  sibling: Readonly<Record<string, unknown>> | undefined,
  spans: boolean,
): string {
  const parts = spansOf(decoy, storyOf(decoy))
  const [root] = parts
  const project =
    sibling?.project_id ?? decoy.places.find((place) => /^UHJvamVjd/.test(place)) ?? 'UHJvamVjdDox'
  return JSON.stringify({
    id: nodeOf('Trace', decoy),
    trace_id: decoy.id,
    project_id: project,
    start_time: started(decoy, root!),
    end_time: ended(decoy, root!),
    token_count_prompt: 0,
    token_count_completion: 0,
    token_count_total: 0,
    spans: spans
      ? parts.map((span) => ({
          id: span.node,
          span_id: span.id,
          parent_id: span.parent,
          name: span.name,
          span_kind: span.kind,
          status_code: 'OK',
          start_time: started(decoy, span),
          end_time: ended(decoy, span),
        }))
      : null,
  })
}

/** Elements of `projects/:project/spans`. */
export const spanElements = (decoy: Decoy): string[] =>
  spansOf(decoy, storyOf(decoy)).map((span) =>
    JSON.stringify({
      id: span.node,
      name: span.name,
      context: { trace_id: decoy.id, span_id: span.id },
      span_kind: span.kind,
      parent_id: span.parent,
      start_time: started(decoy, span),
      end_time: ended(decoy, span),
      status_code: 'OK',
      status_message: '',
      attributes: span.attributes,
      events: [],
    }),
  )

const NULLS = {
  array_value: null,
  bool_value: null,
  bytes_value: null,
  double_value: null,
  int_value: null,
  kvlist_value: null,
}

/** Elements of `projects/:project/spans/otlpv1`: nanoseconds are numbers, printed by hand. */
export const otlpElements = (decoy: Decoy): string[] =>
  spansOf(decoy, storyOf(decoy)).map((span) => {
    const attributes = Object.entries({ ...span.attributes, 'openinference.span.kind': span.kind }).map(
      ([key, value]) => ({ key, value: { ...NULLS, string_value: value } }),
    )
    const nanos = (ms: number, purpose: string) =>
      `${ms}${micros(ms, decoy, `${span.id}-${purpose}`).slice(23, 26)}000`
    const head = JSON.stringify({
      attributes,
      dropped_attributes_count: null,
      dropped_events_count: null,
      dropped_links_count: null,
    }).slice(0, -1)
    const tail = JSON.stringify({
      status: { code: 1, message: null },
      trace_id: decoy.id,
      trace_state: null,
    }).slice(1)
    return `${head},"end_time_unix_nano":${nanos(span.end, 'end')},"events":null,"flags":null,"kind":"SPAN_KIND_INTERNAL","links":null,"name":${JSON.stringify(span.name)},"parent_span_id":${JSON.stringify(span.parent)},"span_id":${JSON.stringify(span.id)},"start_time_unix_nano":${nanos(span.start, 'start')},${tail}`
  })
