/** Slack's limits, in UTF-16 units: messages are cut to these before they are sent, never refused. */
export const LIMITS = { header: 150, text: 3000, fallback: 3000, value: 300, button: 75 } as const

/**
 * Untrusted text as harmless text: one line, no control, invisible or direction-changing characters, nothing that any
 * of Slack's text fields takes for markup, a mention or a link. Most of a message is rich_text, which is not parsed at
 * all; this holds where it is.
 */
export function plain(value: unknown, max: number = LIMITS.value): string {
  const text = String(value ?? '')
    .slice(0, max * 4)
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\p{Cf}\p{Cs}]/gu, '')
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replaceAll('://', '[:]//')
    .trim()
  return clip(text, max) || '–'
}

/** Cuts to `max` UTF-16 units with an ellipsis, never inside a surrogate pair. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text
  let end = max - 1
  if (/[\uD800-\uDBFF]/.test(text[end - 1] ?? '')) end--
  return `${text.slice(0, end)}…`
}

/** For the notification text of a message and ephemeral answers, which Slack reads as mrkdwn. */
export const mrkdwn = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[*_~`]/g, '\u02CB')

/** A number as people read it: at most one decimal. */
export const figure = (value: number): string =>
  Number.isFinite(value) ? String(Math.round(value * 10) / 10) : '–'

/** An id as one path segment of a link. */
export const segment = (id: string): string => encodeURIComponent(id.slice(0, 200).replace(/\p{Cs}/gu, ''))
