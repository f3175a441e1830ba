/** A document to print: texts, numbers, nested elements; an array repeats its element; undefined is left out. */
export interface XmlElement {
  readonly [name: string]: XmlValue | readonly XmlValue[]
}
export type XmlValue = string | number | boolean | undefined | XmlElement

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
}
/** Characters that XML 1.0 has no way to write. */
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

export const escapeXml = (text: string): string =>
  text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"\r]/g, (character) => ESCAPES[character]!)

export function printXml(root: string, content: XmlElement | string, namespace = true): string {
  const inner = typeof content === 'string' ? escapeXml(content) : members(content)
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${namespace ? ` xmlns="${NAMESPACE}"` : ''}>${inner}</${root}>`
}

const members = (element: XmlElement): string =>
  Object.entries(element)
    .map(([name, value]) =>
      isList(value) ? value.map((item) => one(name, item)).join('') : one(name, value),
    )
    .join('')

const isList = (value: XmlElement[string]): value is readonly XmlValue[] => Array.isArray(value)

function one(name: string, value: XmlValue): string {
  if (value === undefined) return ''
  return `<${name}>${typeof value === 'object' ? members(value) : escapeXml(String(value))}</${name}>`
}
