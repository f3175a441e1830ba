import { z } from 'zod'
import { endpoints } from './endpoints.ts'

const PROBLEM = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string', description: 'What happened' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What to do about it' },
    code: { type: 'string', description: 'Stable: `TW_…`' },
  },
  required: ['type', 'title', 'status', 'code'],
} as const

/** The OpenAPI 3.1 document, made from the same table as the routes. */
export function openapi(version: string) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const { method, path, summary, input, needs } of endpoints) {
    const schema = z.toJSONSchema(input, { io: 'input' }) as {
      properties?: Record<string, Record<string, unknown>>
      required?: readonly string[]
    }
    const properties = schema.properties ?? {}
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!)
    const rest = Object.entries(properties).filter(([name]) => !inPath.includes(name))
    const required = (schema.required ?? []).filter((name) => !inPath.includes(name))
    paths[path] ??= {}
    paths[path][method.toLowerCase()] = {
      summary,
      operationId: `${method.toLowerCase()}${path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/\W/g, '')}`,
      ...(needs === 'anyone' ? {} : { description: `Needs the role ${needs}.` }),
      parameters: [
        ...inPath.map((name) => ({ name, in: 'path', required: true, schema: properties[name] })),
        ...(method === 'GET'
          ? rest.map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }))
          : []),
      ],
      ...(method === 'GET' || rest.length === 0
        ? {}
        : {
            requestBody: {
              required: true,
              content: {
                'application/json': {
                  schema: {
                    type: 'object',
                    properties: Object.fromEntries(rest),
                    required,
                    additionalProperties: false,
                  },
                },
              },
            },
          }),
      responses: {
        200: { description: summary, content: { 'application/json': { schema: { type: 'object' } } } },
        default: {
          description: 'A problem document (RFC 9457) with a `code`',
          content: { 'application/problem+json': { schema: PROBLEM } },
        },
      },
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tracewarden',
      version,
      description: 'Alerts, approvals, sessions. Send an access token or a Tracewarden token as bearer.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ bearer: [] }],
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    paths,
  }
}
