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

export const escapeHtml = (text: string): string =>
  // Control and bidirectional characters could make one thing look like another on an analyst's screen.
  text
    .replace(/[&<>"']/g, (c) => ESCAPES[c]!)
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g,
      '\ufffd',
    )

const print = (value: Value): string => {
  if (value === null || value === undefined || value === false || value === true) return ''
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return (value as readonly Value[]).map(print).join('')
  return escapeHtml(String(value))
}

/** A page is data until it stands in this tag; values are escaped for text and for quoted attributes. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Markup =>
  new Markup(parts.reduce((text, part, i) => text + print(values[i - 1]) + part))
