import { isUtf8 } from 'node:buffer'

/** A value whose text is what people would read, and whose own form is what the file holds. */
export class Typed {
  readonly value: bigint | number | Uint8Array
  readonly text: string

  constructor(value: bigint | number | Uint8Array, text: string) {
    this.value = value
    this.text = text
  }
}

/** A row as JSON, for the masker: every leaf has its text, integers all their digits. */
export function toJson(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Typed) return JSON.stringify(value.text)
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (value instanceof Uint8Array) return JSON.stringify(bytesText(value))
  if (isList(value)) return `[${Array.from(value, toJson).join(',')}]`
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${toJson(member)}`)
    .join(',')}}`
}

const isList = (value: object): value is ArrayLike<unknown> =>
  Array.isArray(value) || ArrayBuffer.isView(value)

const bytesText = (bytes: Uint8Array): string =>
  isUtf8(bytes) ? Buffer.from(bytes).toString('utf8') : Buffer.from(bytes).toString('base64')

/**
 * What of a row goes into the file, given what the masker made of it. What was hidden and is no text becomes NULL.
 * @throws where names of members were hidden: a column cannot be renamed for one row
 */
export function merge(value: unknown, masked: unknown): unknown {
  if (value === null || value === undefined) return value
  if (typeof value === 'string') return typeof masked === 'string' ? masked : null
  if (value instanceof Typed) return masked === value.text ? value.value : null
  if (value instanceof Uint8Array) return bytes(value, masked)
  if (typeof value === 'boolean') return masked === value ? value : null
  if (typeof value !== 'object') return typeof masked === 'number' && masked === Number(value) ? value : null
  if (typeof masked !== 'object' || masked === null) return null
  if (isList(value)) {
    const items = Array.isArray(masked) ? masked : []
    if (items.length !== value.length) throw new Error('the length of a list would be hidden')
    return Array.from(value, (item, i) => merge(item, items[i]))
  }
  const members = new Map(Object.entries(masked))
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (!members.has(name)) throw new Error('the name of a member would be hidden')
      return [name, merge(member, members.get(name))]
    }),
  )
}

/** The same for a row in which nothing was hidden. */
export function unwrap(value: unknown): unknown {
  if (value instanceof Typed) return value.value
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map(unwrap)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, unwrap(member)]))
}

function bytes(value: Uint8Array, masked: unknown): Uint8Array | null {
  if (masked === bytesText(value)) return value
  return isUtf8(value) && typeof masked === 'string' ? Buffer.from(masked, 'utf8') : null
}
