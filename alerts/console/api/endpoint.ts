import type { z } from 'zod'
import type { ConsoleDeps } from '../deps.ts'
import type { Visitor } from '../visitor.ts'

/** One call of the API: the table of these makes the routes, the validation and the OpenAPI document. */
export interface Endpoint {
  method: 'GET' | 'POST' | 'DELETE'
  /** OpenAPI form: `/alerts/{id}`. */
  path: string
  summary: string
  /** Whether it needs a replay or admin role; decisions about approvals check the reviewer themselves. */
  needs: 'anyone' | 'auditor' | 'admin'
  input: z.ZodObject
  handle: (input: Record<string, unknown>, visitor: Visitor, deps: ConsoleDeps) => Promise<unknown>
}

/** Keeps the input's type from schema to handler, and hands out the untyped row. */
export const endpoint = <S extends z.ZodObject>(
  row: Omit<Endpoint, 'input' | 'handle'> & {
    input: S
    handle: (input: z.infer<S>, visitor: Visitor, deps: ConsoleDeps) => Promise<unknown>
  },
): Endpoint => ({
  ...row,
  handle: (input, visitor, deps) => row.handle(row.input.parse(input) as z.infer<S>, visitor, deps),
})
