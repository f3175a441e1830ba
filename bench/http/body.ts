/** One trace as MLflow answers `GET /api/3.0/mlflow/traces/{id}`, of about `bytes`; a credential in it to be masked. */
export function traceBody(bytes: number): Buffer {
  const credential = 'AKIA' + 'TESTTESTTESTTEST'
  const spans: unknown[] = []
  const trace = {
    trace: {
      trace_info: {
        trace_id: 'tr-00000000000000000000000000000001',
        request_time: '2026-11-20T09:14:03.120Z',
        state: 'OK',
        trace_metadata: { 'mlflow.traceInputs': `{"question":"use ${credential} to list the bucket"}` },
        tags: { 'mlflow.source.name': 'agent.py' },
      },
      spans,
    },
  }
  const text =
    'The user asks for last week’s orders. I should look at the orders table first, then join customers by id, ' +
    'and only then sum the amounts by day; the result goes into a short table with a sentence of explanation. '
  while (Buffer.byteLength(JSON.stringify(trace)) < bytes) {
    const i = spans.length
    spans.push({
      trace_id: 'AAAAAAAAAAAAAAAAAAAAAQ==',
      span_id: Buffer.from(`span${i}`.padEnd(8, '0')).toString('base64'),
      name: `step-${i}`,
      start_time_unix_nano: 1700000000389411335n.toString(),
      attributes: [
        { key: 'mlflow.spanType', value: { string_value: 'CHAT_MODEL' } },
        { key: 'mlflow.spanOutputs', value: { string_value: JSON.stringify({ reasoning_content: text }) } },
      ],
    })
  }
  return Buffer.from(JSON.stringify(trace))
}

export const PATH = '/api/3.0/mlflow/traces/tr-00000000000000000000000000000001'
