import type { types } from '@slack/bolt'
import { clip, LIMITS, plain } from './text.ts'

/** Small words of Block Kit. Values stand in rich_text and plain_text only: there is nothing to escape out of. */
export interface MessageContent {
  /** What notifications show, escaped. */
  text: string
  blocks: types.KnownBlock[]
  /** Of the subject, on the console. */
  page: string
}

export type Inline = types.RichTextElement

export const text = (value: string): Inline => ({ type: 'text', text: value || ' ' })
export const bold = (value: string): Inline => ({ type: 'text', text: value || ' ', style: { bold: true } })
export const code = (value: string): Inline => ({ type: 'text', text: value || ' ', style: { code: true } })
export const link = (url: string, label: string): Inline => ({ type: 'link', url, text: label })

/** A time in the reader's own zone; where Slack cannot, in UTC. */
export function when(time: string): Inline {
  const ms = Date.parse(time)
  if (!Number.isFinite(ms) || ms < 0 || ms > 4_102_444_800_000) return text(plain(time, 40))
  const fallback = `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return { type: 'date', timestamp: Math.floor(ms / 1000), format: '{date_short_pretty} {time}', fallback }
}

export const header = (value: string): types.HeaderBlock => ({
  type: 'header',
  text: { type: 'plain_text', text: clip(value, LIMITS.header), emoji: false },
})

/** Lines of `label  value…`; lines without a value are left out. */
export const lines = (rows: readonly (readonly [string, readonly Inline[]])[]): types.RichTextBlock => ({
  type: 'rich_text',
  elements: rows
    .filter(([, values]) => values.length > 0)
    .map(([label, values]) => ({
      type: 'rich_text_section',
      elements: [...(label ? [bold(`${label}  `)] : []), ...values],
    })),
})

export const note = (value: string): types.ContextBlock => ({
  type: 'context',
  elements: [{ type: 'plain_text', text: clip(value, LIMITS.text) || '–', emoji: false }],
})

export function button(
  action: string,
  label: string,
  options: { value?: string; url?: string; style?: 'primary' | 'danger' },
): types.Button {
  return {
    type: 'button',
    action_id: action,
    text: { type: 'plain_text', text: clip(label, LIMITS.button), emoji: false },
    ...options,
  }
}
