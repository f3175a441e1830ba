import { createHmac, type KeyObject } from 'node:crypto'
import type { Transform } from './masker.ts'

/** What stands where something was. None of these holds a character that JSON escapes. */
export const HIDDEN = '[hidden: listing]'
export const withheldText = (reason: string) => `[withheld: ${reason}]`
export const masked = (name: string) => `[masked:${name}]`

/**
 * The text that replaces a value. `null` can only replace a whole JSON value, so inside a text it is redacted. Values of
 * fewer than eight characters keep none of them.
 */
export function replacement(transform: Transform, name: string, value: string, pseudonym: KeyObject): string {
  if (transform === 'hash')
    return `[pseudonym:${createHmac('sha256', pseudonym).update(value).digest('hex').slice(0, 16)}]`
  const characters = transform === 'keep-last-4' ? [...value] : []
  if (characters.length < 8) return masked(name)
  return `${masked(name)}${characters.slice(-4).join('')}`
}

/** A text as it stands inside JSON quotes. */
export const escaped = (text: string): string =>
  UNSAFE.test(text) ? JSON.stringify(text).slice(1, -1) : text
const UNSAFE = /["\\\u0000-\u001f]/

/** The same for a text that is a piece of JSON already, and so has no control characters. */
export const nested = (json: string): string =>
  json.indexOf('"') < 0 && json.indexOf('\\') < 0 ? json : JSON.stringify(json).slice(1, -1)
