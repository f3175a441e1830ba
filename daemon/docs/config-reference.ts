import { z } from 'zod'
import { configSchema } from '../config/schema.ts'

/** The part of JSON Schema that the config's schema is made of. */
interface Node {
  type?: string | string[]
  title?: string
  description?: string
  default?: unknown
  enum?: readonly unknown[]
  const?: unknown
  pattern?: string
  format?: string
  minimum?: number
  maximum?: number
  properties?: Readonly<Record<string, Node>>
  required?: readonly string[]
  items?: Node
  anyOf?: readonly Node[]
  oneOf?: readonly Node[]
  additionalProperties?: Node | boolean
  'x-example'?: unknown
}

/** JSON Schema of tracewarden.yaml, for editors. */
export const configJsonSchema = (): Node =>
  z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as Node

/** docs/config-reference.md: one section a top-level field, one row an option. */
export function configReference(): string {
  const root = configJsonSchema()
  const parts = [
    '# Config reference',
    '',
    'Made from the schema by `npm run docs`; do not edit. The file is YAML, strict (an unknown option is an error), and read again when it changes: a change that is not valid is refused whole, and the old config stays. `${env:NAME}` and `${file:PATH}` stand in any string for a value kept elsewhere. Globs: `*` is one segment of a path, `**` any number.',
    '',
  ]
  for (const [name, node] of Object.entries(root.properties ?? {})) {
    parts.push(`## ${name}`, '', `${node.title}. ${node.description ?? ''}`, '')
    const rows = rowsOf(node, name)
    parts.push('| option | what | form | default | example |', '|---|---|---|---|---|')
    parts.push(...(rows.length ? rows : [row(name, node)]), '')
  }
  return `${parts.join('\n').trimEnd()}\n`
}

function rowsOf(node: Node, path: string): string[] {
  const rows: string[] = []
  for (const option of [node, ...(node.oneOf ?? []), ...(node.anyOf ?? [])])
    for (const [name, child] of Object.entries(option.properties ?? {})) {
      rows.push(row(`${path}.${name}`, child))
      rows.push(...rowsOf(child, `${path}.${name}`))
    }
  if (node.items) rows.push(...rowsOf(node.items, `${path}[]`))
  if (typeof node.additionalProperties === 'object')
    rows.push(...rowsOf(node.additionalProperties, `${path}.NAME`))
  return [...new Set(rows)]
}

const row = (path: string, node: Node): string =>
  `| ${[
    code(path),
    cell([node.title, node.description].filter(Boolean).join(': ')),
    cell(form(node)),
    node.default === undefined || isEmpty(node.default) ? '' : code(node.default),
    node['x-example'] === undefined ? '' : code(node['x-example']),
  ].join(' | ')} |`

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

function form(node: Node): string {
  if (node.enum) return node.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (node.const !== undefined) return `\`${String(node.const)}\``
  const choices = node.anyOf ?? node.oneOf
  if (choices) return [...new Set(choices.map(form))].join(' or ')
  if (node.type === 'array') return `list of ${node.items ? form(node.items) : 'anything'}`
  if (node.type === 'object') return node.properties ? 'options' : 'map'
  const bounds = [
    node.minimum !== undefined ? `≥ ${node.minimum}` : '',
    node.maximum !== undefined && node.maximum < 1e15 ? `≤ ${node.maximum}` : '',
  ]
  return [
    node.format ?? (Array.isArray(node.type) ? node.type.join(' or ') : (node.type ?? 'text')),
    ...bounds,
  ]
    .filter(Boolean)
    .join(' ')
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const code = (value: unknown): string =>
  `\`${cell(typeof value === 'string' ? value : JSON.stringify(value))}\``
