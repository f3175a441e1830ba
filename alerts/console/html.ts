/** Markup that is safe to send: only `html` makes it, and it escapes everything that is not markup already. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toString(): string {
    return this.text
  }
}

type Value = Markup | string | number | boolean | null | undefined | readonly Value[]

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * Characters that make one thing look like another on an analyst's screen: controls (not tab and line feed), invisible
 * ones, direction marks, tags, half surrogates.
 */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}\p{Cs}]/gu

export const escapeHtml = (text: string): string =>
  text.replace(UNSEEN, '\ufffd').replace(/[&<>"']/g, (c) => ESCAPES[c]!)

const print = (value: Value): string => {
  if (value === null || value === undefined || value === false || value === true) return ''
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return (value as readonly Value[]).map(print).join('')
  return escapeHtml(String(value))
}

/** A page is data until it stands in this tag; values are escaped for text and for quoted attributes. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Markup =>
  new Markup(parts.reduce((text, part, i) => text + print(values[i - 1]) + part))
