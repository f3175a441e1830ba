import { z } from 'zod'
import { type Finding, SEVERITIES } from '../../detectors/port.ts'

const text = z.string().max(1000)
const time = z.iso.datetime({ offset: true })
const ids = z.array(text).max(1000)

const schema = z.looseObject({
  id: z.string().min(1).max(200),
  '@timestamp': time,
  detector: text.min(1),
  user: z.looseObject({ id: text, team: text.optional() }).optional(),
  subject: z.looseObject({ kind: z.enum(['person', 'team', 'credential', 'collection']), id: text }),
  incident: text,
  revision: z.number().int().positive(),
  severity: z.enum(SEVERITIES),
  certain: z.boolean().optional(),
  notice: z
    .object({
      to: z.enum(['digest', 'shadow']),
      by: z.enum(['shadow', 'quiet-hours', 'verdict', 'budget']),
      because: text,
    })
    .optional(),
  burst: text.optional(),
  score: z.number(),
  p: z.number(),
  config: text,
  window: z.looseObject({ from: time, to: time }),
  summary: text,
  evidence: z.looseObject({
    observed: z.number(),
    expected: z.number().optional(),
    low: z.number().optional(),
    high: z.number().optional(),
    baseline: z.looseObject({ from: time, to: time, n: z.number() }).optional(),
    peers: z.looseObject({ expected: z.number() }).optional(),
    sessions: ids,
    events: ids,
  }),
  threat: z.looseObject({ technique: z.looseObject({ id: ids }) }),
})

/** A finding from the store, checked: whoever wrote it, what follows may rely on its shape. */
export function parseFinding(id: string, value: unknown): { finding: Finding } | { problem: string } {
  const result = schema.safeParse(value)
  if (!result.success) {
    const issue = result.error.issues[0]!
    return { problem: `${issue.path.join('.') || 'finding'}: ${issue.message}` }
  }
  return result.data.id === id ? { finding: result.data } : { problem: 'id: differs from the document’s' }
}
