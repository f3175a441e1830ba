import { z } from 'zod'
import type { ConsoleDeps } from '../deps.ts'
import { fail } from '../errors.ts'
import { requireAdmin, requireAuditor, type Visitor } from '../visitor.ts'

/**
 * One call: the table of these makes the API's routes, its validation and the OpenAPI document, and it is what pages
 * and forms go through, so that a role or a bound is checked in one place.
 */
export interface Endpoint<R = unknown> {
  method: 'GET' | 'POST'
  /** OpenAPI form: `/alerts/{id}`. */
  path: string
  summary: string
  /** Whether it needs a replay or admin role; decisions about approvals check the reviewer themselves. */
  needs: 'anyone' | 'auditor' | 'admin'
  input: z.ZodObject
  /** Checks role and input, then acts. @throws TW_CONSOLE_ROLE, TW_CONSOLE_INPUT and what the act throws */
  call(raw: Readonly<Record<string, unknown>>, visitor: Visitor, deps: ConsoleDeps): Promise<R>
}

export const endpoint = <S extends z.ZodObject, R>({
  handle,
  ...about
}: Omit<Endpoint, 'input' | 'call'> & {
  input: S
  handle: (input: z.output<S>, visitor: Visitor, deps: ConsoleDeps) => Promise<R>
}): Endpoint<R> => ({
  ...about,
  async call(raw, visitor, deps) {
    if (about.needs === 'auditor') requireAuditor(visitor, deps)
    if (about.needs === 'admin') requireAdmin(visitor, deps)
    const input = about.input.safeParse(raw)
    if (!input.success) throw inputError(input.error)
    return handle(input.data, visitor, deps)
  },
})

/** The path as fastify wants it: `/alerts/:id`. */
export const routeOf = ({ path }: Pick<Endpoint, 'path'>): string => path.replace(/\{(\w+)\}/g, ':$1')

const LONGEST = 200

function inputError({ issues }: z.ZodError) {
  const issue = issues[0]!
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : 'input'
  const field = issue.path.join('.') || unknown
  return fail('TW_CONSOLE_INPUT', {
    field: field.slice(0, LONGEST),
    expected: issue.message.slice(0, LONGEST),
  })
}

/** Shapes that several endpoints take. */
export const fields = {
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('Most rows'),
  after: z.string().max(2000).optional().describe('`next` of the page before'),
  id: z.string().min(1).max(200),
  /** A name to filter by. */
  name: z.string().max(200).optional(),
  words: z.string().max(200).optional().describe('Words that must all occur'),
  time: z.iso.datetime({ offset: true, error: 'expected a time such as 2026-11-20T09:00:00Z' }).optional(),
  reason: z
    .string()
    .trim()
    .min(1, 'say why, in 1 to 500 characters')
    .max(500, 'say why, in 1 to 500 characters'),
} as const

/** @throws TW_CONSOLE_NOT_FOUND */
export const found = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw fail('TW_CONSOLE_NOT_FOUND', { what })
  return value
}
