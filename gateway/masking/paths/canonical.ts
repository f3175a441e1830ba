import { plainText } from '../views/unicode.ts'

/**
 * The segments a JSON key stands for: dotted keys are split, indexes (`0`, `[0]`) become `*`, look-alike letters and
 * zero-width characters are undone. Letter case is kept, since GraphQL aliases differ by it; globs ignore it.
 */
export function segmentsOf(key: string): string[] {
  const plain = /[^\x00-\x7f]/.test(key) ? plainText(key) : key
  const parts = plain.replace(/\[(\d+)\]/g, '.$1').split('.')
  const segments = parts.filter((part) => part !== '').map((part) => (/^\d+$/.test(part) ? '*' : part))
  return segments.length === 0 ? [''] : segments
}

export const lower = (segments: readonly string[]): string[] => segments.map((s) => s.toLowerCase())
