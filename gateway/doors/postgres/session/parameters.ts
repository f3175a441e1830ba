import type { Client } from './client.ts'
import { pathOf } from './startup.ts'

/** What a client learns of the server’s parameters; the rest is the gateway’s business. */
export const TOLD: ReadonlySet<string> = new Set([
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'client_encoding',
  'default_transaction_read_only',
  'in_hot_standby',
  'integer_datetimes',
  'search_path',
  'server_encoding',
  'server_version',
  'standard_conforming_strings',
])

/** Takes note of a changed parameter; @returns whether the client is told. */
export function learned(client: Client, name: string, value: string): boolean {
  if (name === 'search_path') client.searchPath = pathOf(value)
  return TOLD.has(name)
}
