import type { ContentRule } from './rule.ts'

/**
 * A hidden field by name, in text that is not JSON as a whole: Python's `{'customer_id': 'C-1'}`, a query string, a log
 * line. The value goes to its closing quote, or to the next separator.
 */
export function namedField(field: string, name: string): Omit<ContentRule, 'examples' | 'title'> {
  const literal = name.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  const between = '["\'\\\\]{0,4}\\s{0,4}(?:[:=]|=>|:=)\\s{0,4}'
  return {
    name: field,
    kind: 'identifier',
    keywords: [`\\=`, ' =', ' :'].map((after) => `${name}${after}`),
    caseless: true,
    pattern: `(?<![A-Za-z0-9_])${literal}${between}(?:u?\\\\{0,4}["'](?=[^"'\\\\])|(?!["'\\\\]))((?<=["'])[^"'\\\\\\r\\n]{1,4096}|[^\\s"'\\\\,;&)\\]}<>]{1,4096})`,
  }
}
