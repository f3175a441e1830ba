import { z } from 'zod'
import { httpConnection } from './http-connection.ts'
import { postgresConnection } from './postgres.ts'
import { s3Connection } from './s3.ts'

/** One door and what stands behind it, by protocol. */
export const connectionConfig = z.discriminatedUnion('protocol', [
  httpConnection,
  postgresConnection,
  s3Connection,
])

export type ConnectionConfig = z.infer<typeof connectionConfig>
