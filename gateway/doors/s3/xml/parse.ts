import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { fail } from '../errors.ts'
import { refuse } from '../techniques.ts'

const REPEATED = new Set(['Bucket', 'Contents', 'CommonPrefixes', 'Part', 'Object', 'Deleted', 'Error'])
const MAX_DEPTH = 12
/** The five of XML itself and characters by number; others would have to be declared. */
const OTHER_ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)/

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
  // Ours are decoded below: there is nothing to expand.
  processEntities: false,
  removeNSPrefix: true,
  isArray: (name, _path, _leaf, isAttribute) => !isAttribute && REPEATED.has(name),
})

/**
 * XML as S3 uses it: elements and text. Values are texts (ask `textOf`) or objects of them.
 * @throws the code given: TW_S3_XML for what a client sent, TW_S3_BACKEND_BROKEN for what the backend did
 */
export function parseXml(text: string, code: 'TW_S3_XML' | 'TW_S3_BACKEND_BROKEN'): Record<string, unknown> {
  const bad = (problem: string) => fail(code, { problem })
  if (/<!DOCTYPE|<!ENTITY|<!\[CDATA\[/i.test(text))
    throw refuse(code, 'xml-bomb', { problem: 'it declares a document type, entities or raw text' })
  if (OTHER_ENTITY.test(text)) throw refuse(code, 'xml-bomb', { problem: 'it uses entities' })
  if (depthOf(text) > MAX_DEPTH) throw refuse(code, 'xml-bomb', { problem: 'it nests too deep' })
  if (XMLValidator.validate(text) !== true) throw bad('it is not well-formed')
  const document: unknown = parser.parse(text)
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw bad('it has no root')
  return { ...document }
}

function depthOf(text: string): number {
  let depth = 0
  let most = 0
  for (const [tag] of text.matchAll(/<\/?[A-Za-z][^>]*>/g)) {
    if (tag.startsWith('</')) depth--
    else if (!tag.endsWith('/>')) most = Math.max(most, ++depth)
  }
  return most
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The text of an element; empty where there is none. */
export function textOf(value: unknown): string {
  if (typeof value !== 'string') return ''
  return value.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|([a-z]+));/g, (whole, hex, decimal, name) => {
    if (name) return NAMED[name] ?? whole
    const code = Number.parseInt(hex ?? decimal, hex ? 16 : 10)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

/** Members of an element that are elements themselves. */
export const elementsOf = (parent: unknown, name: string): Record<string, unknown>[] => {
  if (typeof parent !== 'object' || parent === null) return []
  const found: unknown = Object.entries(parent).find(([key]) => key === name)?.[1]
  return (Array.isArray(found) ? found : found === undefined ? [] : [found]).flatMap((item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item) ? [{ ...item }] : [],
  )
}
