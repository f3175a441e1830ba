import { basename } from 'node:path'
import { type Document, LineCounter, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import type { SessionEvent } from '../../core/event.ts'
import type { Severity } from '../finding.ts'
import { compileCondition } from './condition.ts'
import { knownFields } from './fields.ts'
import { invalid, type Place, problemAt, Refusal, type SigmaProblem, unsupported } from './problem.ts'
import { compileSelection, type Match } from './selection.ts'
import type { SigmaFile } from './sigma.ts'

export interface SigmaRule {
  /** `sigma-` and the rule's `name`, or its file's. */
  name: string
  title: string
  id?: string
  file: string
  line: number
  severity: Severity
  /** MITRE ATT&CK ids of tags such as `attack.t1213.003`. */
  technique: readonly string[]
  description?: string
  references: readonly string[]
  falsePositives: readonly string[]
  matches: (event: SessionEvent) => boolean
}

const SERVICES = ['http', 'postgres', 's3', 'mcp', 'console'] as const
const strings = z.array(z.string().max(1000)).max(100)

const schema = z.looseObject({
  title: z.string().min(1).max(256),
  id: z.string().max(100).optional(),
  name: z.string().max(100).optional(),
  description: z.string().max(10_000).optional(),
  references: strings.optional(),
  tags: strings.optional(),
  falsepositives: strings.optional(),
  level: z.enum(['informational', 'low', 'medium', 'high', 'critical']).default('medium'),
  logsource: z.strictObject({
    product: z.literal('tracewarden'),
    /** Only events of connections with this protocol. */
    service: z.enum(SERVICES).optional(),
    definition: z.string().optional(),
  }),
  detection: z.looseObject({ condition: z.unknown() }),
})

/** Of the format, but about more than one event, or another kind of document. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  correlation: 'a correlation of several events',
  action: 'a collection of rules (action)',
  filter: 'a filter for other rules',
}

/** Every rule of a file; YAML may hold several, parted by `---`. */
export function readRules(
  { file, text }: SigmaFile,
  judge: (pattern: string) => string | undefined,
): { rules: SigmaRule[]; problems: SigmaProblem[] } {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const rules: SigmaRule[] = []
  const problems: SigmaProblem[] = []
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  if (!Array.isArray(documents) || documents.length === 0)
    return {
      rules,
      problems: [
        problemAt({ file, line: 1, column: 1 }, 'TW_DETECTORS_SIGMA_INVALID', 'the file holds no rule'),
      ],
    }
  for (const [index, document] of documents.entries()) {
    const [broken] = document.errors
    if (broken) problems.push(problemAt(at(broken.pos[0]), 'TW_DETECTORS_SIGMA_INVALID', broken.message))
    if (broken) continue
    const place = (path: readonly PropertyKey[]) => at(offsetOf(document, path))
    try {
      rules.push(compile(plain(document), { file, index, line: place([]).line, judge }))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      problems.push(problemAt(place(error.path), error.code, error.message))
    }
  }
  return { rules, problems }
}

function plain(document: Document.Parsed): unknown {
  try {
    return document.toJS()
  } catch (error) {
    // Anchors: one that is missing, or aliases that multiply without end.
    throw invalid(error instanceof Error ? error.message : String(error))
  }
}

interface Source {
  file: string
  index: number
  line: number
  judge: (pattern: string) => string | undefined
}

function compile(value: unknown, { file, index, line, judge }: Source): SigmaRule {
  for (const [key, what] of Object.entries(ELSEWHERE))
    if (typeof value === 'object' && value !== null && key in value) throw unsupported(`${what}`, [key])
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw refusalOf(parsed.error.issues[0])
  const rule = parsed.data
  const { condition, timeframe, ...selections } = rule.detection
  if (timeframe !== undefined) throw unsupported('timeframe: one event decides', ['detection', 'timeframe'])
  const known = knownFields()
  const compiled = new Map<string, Match>()
  for (const [name, selection] of Object.entries(selections))
    compiled.set(name, compileSelection(selection, ['detection', name], { known, judge }))
  const decide = compileCondition(condition, compiled)
  const { service } = rule.logsource
  const stem = basename(file).replace(/\.ya?ml$/i, '')
  return {
    name: `sigma-${slug(rule.name ?? (index === 0 ? stem : `${stem}-${index + 1}`))}`,
    title: rule.title.slice(0, 200),
    ...(rule.id !== undefined && { id: rule.id }),
    ...{ file, line, severity: rule.level === 'informational' ? 'low' : rule.level },
    technique: (rule.tags ?? []).flatMap((tag) => TECHNIQUE.exec(tag)?.[1]?.toUpperCase() ?? []),
    ...(rule.description !== undefined && { description: rule.description.trim() }),
    references: rule.references ?? [],
    falsePositives: (rule.falsepositives ?? []).filter((text) => !/^(unknown|none|unlikely)\.?$/i.test(text)),
    matches: (event) =>
      (service === undefined || event.tracewarden.connection?.protocol === service) && decide(event),
  }
}

const TECHNIQUE = /^attack\.(t\d{4}(?:\.\d{3})?)$/i

const slug = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 64)

function refusalOf(issue: z.core.$ZodIssue | undefined): Refusal {
  const path = issue?.path ?? []
  if (path[0] === 'logsource' || (issue?.code === 'unrecognized_keys' && path[0] === 'logsource'))
    return unsupported(
      `logsource: expected product: tracewarden and at most a service (${SERVICES.join(', ')}): rules for other logs name other fields`,
      ['logsource'],
    )
  return new Refusal('TW_DETECTORS_SIGMA_INVALID', `${path.join('.') || 'rule'}: ${issue?.message}`, path)
}

/** Where a path stands in the text, or the nearest part of it that does. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const found: unknown = document.getIn(path.slice(0, depth), true)
    if (typeof found === 'object' && found !== null && 'range' in found && Array.isArray(found.range))
      return Number(found.range[0])
  }
  return 0
}
