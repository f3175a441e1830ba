import type { z } from 'zod'

/**
 * Every config field has a title, a description and an example; docs, editor help and messages come from these.
 * The example stands twice: JSON Schema's own `examples` are dropped where a text becomes a number.
 */
export function field<T extends z.ZodType>(
  schema: T,
  title: string,
  description: string,
  example?: unknown,
): T {
  return schema.meta({
    title,
    description,
    ...(example === undefined ? {} : { examples: [example], 'x-example': example }),
  }) as T
}
