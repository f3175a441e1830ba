import { createSecretKey } from 'node:crypto'
import { filler } from '../gateway/masking/rules/rule.ts'

/** Deterministic noise, so that every run measures the same bytes. */
function noise(seed: number) {
  let state = seed
  return (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state % n
  }
}

const WORDS =
  'the agent reads a file and then decides which of the tools it should call next because the answer of the service was not what we expected so we look at the log of the previous step again before we change anything in the plan'.split(
    ' ',
  )

/** One secret or personal datum, visibly fake. */
function secret(pick: (n: number) => number): string {
  const n = String(100 + pick(900))
  const all = [
    `AKIA${filler(13, 'A-Z2-7')}${n}`,
    `ghp_${filler(33)}${n}`,
    `sk-proj-${filler(40)}${n}`,
    `postgres://app:${filler(12)}${n}@db.example/traces`,
    `user${n}@example.org`,
    '4111 1111 1111 1111',
    `+49 30 901${n}45`,
    `Authorization: Bearer ${filler(40)}${n}`,
    `api_key=${filler(24)}${n}`,
    `xoxb-123456789012-${filler(24)}${n}`,
    'DE89370400440532013000',
    `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.${filler(40)}${n}`,
    `AIza${filler(32)}${n}`,
    '219-09-9999',
  ]
  return all[pick(all.length)]!
}

/** Prose with one secret in about `every` words, line breaks and quotes as models write them. */
function prose(pick: (n: number) => number, words: number, every: number): string {
  let out = ''
  for (let i = 0; i < words; i++) {
    out += i === 0 ? '' : pick(18) === 0 ? '\n' : ' '
    out +=
      pick(every) === 0
        ? secret(pick)
        : pick(30) === 0
          ? `"${WORDS[pick(WORDS.length)]}"`
          : WORDS[pick(WORDS.length)]
  }
  return out
}

/** A body as MLflow answers `traces/get`: key/value lists, JSON in strings, ids and nanosecond times. About `mb` megabytes. */
export function traces(mb: number, every: number): Buffer {
  const pick = noise(7)
  const text = (words: number) => prose(pick, words, every)
  const span = (i: number) => ({
    trace_id: Buffer.from(`trace-${i}-0000000`).toString('base64'),
    span_id: Buffer.from(`sp-${i}`.padEnd(8, '0')).toString('base64'),
    name: 'ChatModel.invoke',
    start_time_unix_nano: `17000000003894${String(10000 + (i % 90000))}`,
    attributes: [
      { key: 'mlflow.spanType', value: { string_value: 'LLM' } },
      {
        key: 'mlflow.spanInputs',
        value: {
          kvlist_value: {
            values: [
              { key: 'model', value: { string_value: 'test-model' } },
              { key: 'temperature', value: { double_value: 0.2 } },
              {
                key: 'messages',
                value: {
                  array_value: {
                    values: [
                      { kvlist_value: { values: [{ key: 'content', value: { string_value: text(120) } }] } },
                    ],
                  },
                },
              },
            ],
          },
        },
      },
      {
        key: 'mlflow.spanOutputs',
        value: {
          string_value: JSON.stringify({
            choices: [
              {
                message: {
                  role: 'assistant',
                  reasoning_content: text(120),
                  content: text(60),
                  tool_calls: [
                    {
                      function: {
                        name: 'search',
                        arguments: JSON.stringify({
                          query: text(20),
                          limit: 10,
                          filter: { customer_id: `C-${i}` },
                        }),
                      },
                    },
                  ],
                },
              },
            ],
            usage: { prompt_tokens: 812, completion_tokens: 311 },
          }),
        },
      },
    ],
    events: [
      {
        name: 'log',
        time_unix_nano: '1700000000389411335',
        attributes: [{ key: 'message', value: { string_value: text(30) } }],
      },
    ],
  })
  const parts: string[] = []
  let size = 0
  for (let i = 0; size < mb * 1e6; i++) {
    const part = JSON.stringify(span(i))
    parts.push(part)
    size += Buffer.byteLength(part) + 1
  }
  return Buffer.from(`{"trace":{"trace_info":{"trace_id":"tr-1"},"spans":[${parts.join(',')}]}}`)
}

export const benchKey = createSecretKey(Buffer.alloc(32, 7))
