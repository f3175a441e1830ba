/**
 * What is indexed; everything else of an event is kept in `_source` and not searched (`dynamic: false`), so no event
 * can add fields. Keywords longer than Lucene's limit of 32,766 bytes are kept and not indexed.
 */
const keyword = { type: 'keyword', ignore_above: 8191 } as const
/** Also found by `text` searches. */
const word = { ...keyword, copy_to: 'search_words' } as const
const number = { type: 'long' } as const
const double = { type: 'double' } as const
const date = { type: 'date' } as const
const object = <T extends object>(properties: T) => ({ properties })

export const eventMappings = {
  dynamic: false,
  properties: {
    '@timestamp': date,
    event: object({
      id: keyword,
      kind: keyword,
      category: keyword,
      type: keyword,
      action: keyword,
      outcome: keyword,
      reason: word,
      duration: number,
      sequence: number,
      ingested: date,
    }),
    user: object({ id: word, email: word, name: word, roles: keyword, group: object({ name: keyword }) }),
    source: object({ ip: { type: 'ip', ignore_malformed: true } as const }),
    user_agent: object({ original: keyword }),
    observer: object({ name: keyword }),
    tracewarden: object({
      person: object({ kind: keyword, credential: keyword, actor: keyword, id: keyword }),
      session: object({ id: keyword, end: keyword }),
      connection: object({ name: keyword, protocol: keyword }),
      collection: word,
      request: object({ id: keyword, phase: keyword }),
      statement: object({ shape: word, hash: keyword }),
      traces: object({ count: number, distinct: number, requested: number, oldest: date, newest: date }),
      bytes: number,
      fields: object({ displayed: keyword, masked: keyword, sensitive: keyword }),
      bypass: keyword,
      verdict: keyword,
      mode: keyword,
      rules: word,
      policy: keyword,
      approval: object({ id: keyword, grant: keyword, asked: keyword, reviewer: keyword }),
      canary: object({ name: keyword, kind: keyword, decoy: keyword }),
      since_sensitive_ms: double,
      chain: object({ id: keyword }),
    }),
    search_words: { type: 'text' },
    /** An event that did not fit these fields: whole, as text, with what places it beside it. */
    raw: { type: 'keyword', index: false, doc_values: false },
  },
} as const

export const documentMappings = {
  dynamic: false,
  properties: {
    kind: keyword,
    id: keyword,
    at: date,
    /** Each key as `["name","value"]`. */
    keys: keyword,
    body: { type: 'keyword', index: false, doc_values: false },
  },
} as const
