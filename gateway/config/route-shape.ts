import { z } from 'zod'
import { glob } from './text.ts'

/** Where an answer keeps what policy needs to know. */
export const routeShape = z.strictObject({
  trace_id: z.array(glob).default([]),
  time: z.array(glob).default([]),
  time_unit: z.enum(['s', 'ms', 'us', 'ns']).optional(),
  record: z.array(glob).default([]),
  structural: z.array(glob).default([]),
})

export type RouteShape = z.infer<typeof routeShape>
