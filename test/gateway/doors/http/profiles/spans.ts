import { SECRET } from '../house.ts'

/** Words no rule knows, which only a counted read may show. */
export const THOUGHT = 'the customer seems to be angry'
export const INDEX = 'traces-2026'

/** Two traces of two spans each, as a team would index them: every field another way to the same secret. */
const spans = ['aa01', 'aa02', 'bb01', 'bb02'].map((id, i) => ({
  _id: id,
  '@timestamp': new Date(Date.UTC(2026, 10, 20, 9, i)).toISOString(),
  trace: { id: `trace-${id.slice(0, 2)}` },
  span: { id },
  duration: 100 + i,
  labels: { team: 'search' },
  content: `${THOUGHT}, key ${SECRET} ${i}`,
  api_key: SECRET,
  suggest: `key ${SECRET}`,
  messages: [{ role: 'user', text: `my key is ${SECRET}` }],
}))

const mappings = {
  properties: {
    '@timestamp': { type: 'date' },
    trace: { properties: { id: { type: 'keyword' } } },
    span: { properties: { id: { type: 'keyword' } } },
    duration: { type: 'long' },
    labels: { properties: { team: { type: 'keyword' } } },
    content: {
      type: 'text',
      fielddata: true,
      term_vector: 'with_positions_offsets',
      fields: { keyword: { type: 'keyword' } },
    },
    api_key: { type: 'keyword' },
    suggest: { type: 'completion' },
    alias_of_key: { type: 'alias', path: 'api_key' },
    messages: { type: 'nested', properties: { role: { type: 'keyword' }, text: { type: 'text' } } },
  },
}

/** Puts them into an Elasticsearch, straight. */
export async function loadSpans(url: string): Promise<void> {
  const send = async (method: string, path: string, body: string, type = 'application/json') => {
    const answer = await fetch(`${url}${path}`, { method, body, headers: { 'content-type': type } })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
  }
  for (const index of [INDEX, '.hidden-2026']) {
    // What an earlier run left behind on a server that goes on.
    await fetch(`${url}/${index}`, { method: 'DELETE' })
    await send('PUT', `/${index}`, JSON.stringify({ settings: { number_of_replicas: 0 }, mappings }))
  }
  const lines = spans.flatMap(({ _id, ...span }) => [{ index: { _index: INDEX, _id } }, span])
  const body = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
  await send('POST', '/_bulk?refresh=true', body, 'application/x-ndjson')
}
