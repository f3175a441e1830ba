import { z } from 'zod'

/**
 * What Slack refuses in blocks and views, as its reference states it: unknown fields, empty or overlong texts, too many
 * elements, ids that are not unique.
 */
const plainText = (max: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(max),
    emoji: z.boolean().optional(),
  })
const mrkdwnText = (max: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(max),
    verbatim: z.boolean().optional(),
  })
const anyText = (max: number) => z.union([plainText(max), mrkdwnText(max)])
const url = z.url({ protocol: /^https?$/ }).max(3000)
const blockId = { block_id: z.string().min(1).max(255).optional() }
const actionId = { action_id: z.string().min(1).max(255) }
const option = z.strictObject({
  text: plainText(75),
  value: z.string().min(1).max(150),
  description: plainText(75).optional(),
})

const button = z.strictObject({
  type: z.literal('button'),
  ...actionId,
  text: plainText(75),
  value: z.string().max(2000).optional(),
  url: url.optional(),
  style: z.enum(['primary', 'danger']).optional(),
})
const radio = z.strictObject({
  type: z.literal('radio_buttons'),
  ...actionId,
  options: z.array(option).min(1).max(10),
  initial_option: option.optional(),
})
const select = z.strictObject({
  type: z.literal('static_select'),
  ...actionId,
  options: z.array(option).min(1).max(100),
  initial_option: option.optional(),
  placeholder: plainText(150).optional(),
})
const textInput = z.strictObject({
  type: z.literal('plain_text_input'),
  ...actionId,
  multiline: z.boolean().optional(),
  min_length: z.number().int().min(0).max(3000).optional(),
  max_length: z.number().int().min(1).max(3000).optional(),
  initial_value: z.string().max(3000).optional(),
  placeholder: plainText(150).optional(),
})

const style = {
  style: z
    .strictObject({
      bold: z.boolean().optional(),
      italic: z.boolean().optional(),
      strike: z.boolean().optional(),
      code: z.boolean().optional(),
    })
    .optional(),
}
const inline = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), ...style }),
  z.strictObject({ type: z.literal('link'), url, text: z.string().min(1).optional(), ...style }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.number().int().nonnegative(),
    format: z.string().regex(/\{\w+\}/),
    fallback: z.string().min(1).optional(),
    url: url.optional(),
    ...style,
  }),
])
const richText = z.strictObject({
  type: z.literal('rich_text'),
  ...blockId,
  elements: z
    .array(z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(inline).min(1) }))
    .min(1),
})
const section = z.strictObject({
  type: z.literal('section'),
  ...blockId,
  text: anyText(3000).optional(),
  fields: z.array(anyText(2000)).min(1).max(10).optional(),
})
const context = z.strictObject({
  type: z.literal('context'),
  ...blockId,
  elements: z.array(anyText(3000)).min(1).max(10),
})
const actions = z.strictObject({
  type: z.literal('actions'),
  ...blockId,
  elements: z
    .array(z.discriminatedUnion('type', [button, select, radio]))
    .min(1)
    .max(25),
})
const header = z.strictObject({ type: z.literal('header'), ...blockId, text: plainText(150) })
const divider = z.strictObject({ type: z.literal('divider'), ...blockId })
const input = z.strictObject({
  type: z.literal('input'),
  ...blockId,
  label: plainText(2000),
  element: z.discriminatedUnion('type', [textInput, radio, select]),
  optional: z.boolean().optional(),
  hint: plainText(2000).optional(),
})

const block = z.discriminatedUnion('type', [richText, section, context, actions, header, divider, input])
export type Block = z.infer<typeof block>

const unique = (blocks: readonly Block[], issue: (message: string) => void) => {
  const ids = blocks.flatMap(({ block_id }) => block_id ?? [])
  if (new Set(ids).size !== ids.length) issue('block_id is not unique')
  for (const one of blocks) {
    const names = one.type === 'actions' ? one.elements.map(({ action_id }) => action_id) : []
    if (new Set(names).size !== names.length) issue('action_id is not unique')
  }
}
const initials = (blocks: readonly Block[], issue: (message: string) => void) => {
  for (const one of blocks) {
    const elements = one.type === 'actions' ? one.elements : one.type === 'input' ? [one.element] : []
    for (const element of elements)
      if (
        'initial_option' in element &&
        element.initial_option &&
        !element.options.some((o) => JSON.stringify(o) === JSON.stringify(element.initial_option))
      )
        issue('initial_option is not one of the options')
  }
}

/** All text of a message's blocks together; Slack answers msg_blocks_too_long above it. */
const ALL_TEXT = 13_200
const weight = (value: unknown): number =>
  typeof value === 'string'
    ? value.length
    : Array.isArray(value)
      ? value.reduce<number>((sum, one) => sum + weight(one), 0)
      : typeof value === 'object' && value !== null
        ? Object.entries(value).reduce((sum, [key, one]) => sum + (key === 'type' ? 0 : weight(one)), 0)
        : 0

export const messageBlocks = z
  .array(block)
  .max(50)
  .superRefine((blocks, ctx) => {
    const issue = (message: string) => ctx.addIssue({ code: 'custom', message })
    unique(blocks, issue)
    initials(blocks, issue)
    if (weight(blocks) > ALL_TEXT) issue('msg_blocks_too_long')
  })

export const modalView = z
  .strictObject({
    type: z.literal('modal'),
    title: plainText(24),
    submit: plainText(24).optional(),
    close: plainText(24).optional(),
    callback_id: z.string().max(255).optional(),
    private_metadata: z.string().max(3000).optional(),
    blocks: z.array(block).min(1).max(100),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    external_id: z.string().max(255).optional(),
  })
  .superRefine((view, ctx) => {
    const issue = (message: string) => ctx.addIssue({ code: 'custom', message })
    unique(view.blocks, issue)
    initials(view.blocks, issue)
    if (view.blocks.some(({ type }) => type === 'input') && !view.submit) issue('submit is required')
  })
export type ModalView = z.infer<typeof modalView>

/** Why Slack would refuse it; empty if it would not. */
export const refusals = (schema: z.ZodType, value: unknown): string[] => {
  const result = schema.safeParse(value)
  return result.success ? [] : result.error.issues.map((one) => `${one.path.join('.')}: ${one.message}`)
}
