import { readFileSync } from 'node:fs'
import { Client, errors } from '@elastic/elasticsearch'
import { CodedError } from '../../../core/errors.ts'
import type { StoreConfig } from '../../config.ts'
import { fail } from '../../errors.ts'

export type ElasticsearchConfig = Extract<StoreConfig, { kind: 'elasticsearch' }>

/** What both halves of the adapter work with. */
export interface Connection {
  client: Client
  /** All event indices. */
  events: string
  /** The event index of a time. */
  month(timestamp: string): string
  documents: string
}

export function connect(config: ElasticsearchConfig): Connection {
  const { url, username, password, ca, prefix } = config
  const client = new Client({
    nodes: typeof url === 'string' ? [url] : [...url],
    ...(username === undefined ? {} : { auth: { username, password: password ?? '' } }),
    ...(ca === undefined ? {} : { tls: { ca: readFileSync(ca) } }),
    requestTimeout: 30_000,
    maxRetries: 2,
  })
  return {
    client,
    events: `${prefix}-events-*`,
    month: (timestamp) =>
      `${prefix}-events-${new Date(timestamp).toISOString().slice(0, 7).replace('-', '.')}`,
    documents: `${prefix}-documents`,
  }
}

export const statusOf = (error: unknown): number | undefined =>
  error instanceof errors.ResponseError ? error.statusCode : undefined

/** The coded error for whatever the client threw: what may pass is unavailable, what will not is refused or invalid. */
export function coded(error: unknown): CodedError {
  if (error instanceof CodedError) return error
  return codedAs(statusOf(error), error instanceof Error ? error.message : String(error), error)
}

/** The same for a status: of an answer, or of one document in it. */
export function codedAs(status: number | undefined, reason: string, error?: unknown): CodedError {
  if (status === 401 || status === 403) return fail('TW_STORE_REFUSED', { reason }, error)
  if (status === 400 || status === 413) return fail('TW_STORE_INVALID', { reason }, error)
  return fail('TW_STORE_UNAVAILABLE', { reason }, error)
}

/** Runs a call of the client; everything it throws is coded. */
export async function asking<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw coded(error)
  }
}
