import { z } from 'zod'
import { httpConnection } from './http-connection.ts'
import { s3Connection } from './s3.ts'

/** One door and what stands behind it, by protocol. */
export const connectionConfig = z.discriminatedUnion('protocol', [httpConnection, s3Connection])

export type ConnectionConfig = z.infer<typeof connectionConfig>
