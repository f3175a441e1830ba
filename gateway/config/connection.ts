import { z } from 'zod'
import { httpConnection } from './http-connection.ts'

/** One door and what stands behind it, by protocol. */
export const connectionConfig = z.discriminatedUnion('protocol', [httpConnection])

export type ConnectionConfig = z.infer<typeof connectionConfig>
