import type { MaskingConfig } from '../config.ts'
import { customRules } from './custom.ts'
import { fail } from './errors.ts'
import type { Masker, MaskPlan, Observed, ResponseShape, Transform } from './masker.ts'
import { lower, segmentsOf } from './paths/canonical.ts'
import { lastName, matches, overlaps, parseGlob } from './paths/glob.ts'
import type { FieldRule } from './paths/table.ts'
import { type CompiledMasking, rulesOf, scannerOf, usedScannerOf } from './plan.ts'
import { builtinRules } from './rules/index.ts'
import { namedField } from './rules/named.ts'
import { Matches } from './scan/matches.ts'
import { buildRuleSet, type RuleInput, type RuleSet } from './scan/ruleset.ts'
import { TextScanner } from './scan/text.ts'
import { JsonMasker } from './stream.ts'
import { TextMasker } from './textbody.ts'

export { type CompiledMasking, type PlanOptions, planFor } from './plan.ts'
export { builtinRules } from './rules/index.ts'
export type { ContentRule } from './rules/rule.ts'

/** What a body is made of. `ndjson` is one JSON value a line, each with paths of its own. */
export type BodyKind = 'json' | 'ndjson' | 'text'

/**
 * Compiles the config's masking rules.
 * @throws TW_MASK_PATH, TW_MASK_PATTERN…, TW_MASK_UNKNOWN_RULE, TW_MASK_DUPLICATE_NAME, each naming the place.
 */
export function compileMasking(config: MaskingConfig): CompiledMasking {
  const { content } = config
  const known = new Set(builtinRules.map((rule) => rule.name))
  const unknown = (where: string, names: readonly string[]) => {
    for (const rule of names) if (!known.has(rule)) throw fail('TW_MASK_UNKNOWN_RULE', { where, rule })
  }
  unknown('masking.content.disable', content.disable)
  unknown('masking.content.transform', Object.keys(content.transform))
  const taken = new Set(known)
  for (const { name } of [...config.fields, ...content.custom]) {
    if (taken.has(name)) throw fail('TW_MASK_DUPLICATE_NAME', { name })
    taken.add(name)
  }

  const fields = config.fields.map(
    (field): FieldRule => ({
      name: field.name,
      globs: field.paths.map((path) => parseGlob(path, `masking.fields \`${field.name}\``)),
      transform: field.transform,
      hidden: field.hidden,
      highRisk: field.high_risk,
    }),
  )
  const disabled = new Set(content.disable)
  const transforms = new Map<string, Transform>(Object.entries(content.transform))
  const inputs: RuleInput[] = [
    ...customRules(content.custom),
    ...builtinRules
      .filter((rule) => !disabled.has(rule.name))
      .map((rule) => ({ rule, transform: transforms.get(rule.name) ?? ('redact' as const) })),
    ...fields.filter((field) => field.hidden).flatMap((field) => namedInputs(field)),
  ]
  let rules: RuleSet | undefined
  return {
    fields,
    structural: config.structural.map((path) => parseGlob(path, 'masking.structural')),
    // Most commands read the config and mask nothing.
    get rules() {
      rules ??= buildRuleSet(inputs)
      return rules
    },
    maxString: config.max_string,
    transforms,
  }
}

/** In text that is no JSON only the name before a value tells that a hidden field stands there. */
function namedInputs(field: FieldRule): RuleInput[] {
  const names = new Set(field.globs.map(lastName).filter((name) => name !== undefined && name.length >= 3))
  return [...names].map((name) => ({
    rule: namedField(field.name, name ?? ''),
    transform: field.transform,
    highRisk: field.highRisk,
    field: true,
  }))
}

/** @throws TW_MASK_PLAN */
export function createMasker(plan: MaskPlan, kind: BodyKind): Masker {
  const scanner = scannerOf(plan, kind === 'ndjson')
  return kind === 'text' ? new TextMasker(scanner) : new JsonMasker(scanner)
}

/**
 * Masks a body that is held whole; one that needs no change comes back as it is, not copied.
 * @throws TW_MASK_NOT_JSON, TW_MASK_TRUNCATED, TW_MASK_TRAILING, TW_MASK_UTF8, TW_MASK_DUPLICATE_KEY, TW_MASK_TOO_DEEP…
 */
export function maskWhole(
  plan: MaskPlan,
  kind: BodyKind,
  body: Uint8Array,
): { body: Uint8Array; observed: Observed } {
  const scanner = usedScannerOf(plan, kind === 'ndjson')
  const masker = kind === 'text' ? new TextMasker(scanner) : new JsonMasker(scanner)
  const masked = masker.whole(body)
  // After an error it is not known in what state it is.
  rulesOf(plan).giveBack(scanner)
  return { body: masked, observed: masker.observed }
}

/**
 * Makes the tables that masking needs and runs them once, so that the first body does not pay for it: about 100 ms.
 * @throws TW_MASK_NO_SIMD where this machine cannot.
 */
export function warmMasking(compiled: CompiledMasking): void {
  textMasker(compiled)(WARMING)
}

/** Longer than what goes through the automaton alone. */
const WARMING = 'nothing to be masked '.repeat(16)

/** A short text for people (a reason, a statement, a key) without what content rules find in it. */
export const maskText = (compiled: CompiledMasking, text: string): string => textMasker(compiled)(text)

/** The same for many texts: scratch memory is kept. */
export function textMasker(compiled: CompiledMasking): (text: string) => string {
  let scanner: TextScanner | undefined
  const found = new Matches()
  return (text) => {
    scanner ??= new TextScanner(compiled.rules)
    const bytes = Buffer.from(text)
    found.clear()
    scanner.scan(bytes, 0, bytes.length, found)
    if (found.count === 0) return text
    found.settle()
    let out = ''
    let copied = 0
    for (let m = 0; m < found.count; m++) {
      out += `${bytes.toString('utf8', copied, found.starts[m]!)}[masked:${found.rules[m]!.name}]`
      copied = found.ends[m]!
    }
    return out + bytes.toString('utf8', copied, bytes.length)
  }
}

/** What stands around a body (a part's head, an event's name) is masked by the body's plan. @throws TW_MASK_PLAN */
export function textMaskerOf(plan: MaskPlan): (text: string) => string {
  return textMasker(rulesOf(plan).compiled)
}

const pathOf = (path: string) => lower(path.split('.').flatMap(segmentsOf))

/** Names of the fields that a test or a sort on this path could tell something about, hidden ones first. */
export function fieldOf(compiled: CompiledMasking, path: string): string[] {
  const segments = pathOf(path)
  const found = compiled.fields.filter((field) => field.globs.some((glob) => overlaps(glob, segments)))
  return [...found.filter((field) => field.hidden), ...found.filter((field) => !field.hidden)].map(
    (field) => field.name,
  )
}

/** Whether a hidden field covers this path, lies in it, or holds it. */
export const isHidden = (compiled: CompiledMasking, path: string): boolean =>
  compiled.fields.some((field) => field.hidden && field.globs.some((glob) => overlaps(glob, pathOf(path))))

/** What a predicate on this path would test: a hidden field, structure, or content. Without a shape only config's own paths are structure. */
export function classify(
  compiled: CompiledMasking,
  shape: ResponseShape | undefined,
  path: string,
): 'hidden' | 'structural' | 'content' {
  if (isHidden(compiled, path)) return 'hidden'
  const segments = pathOf(path)
  const globs = [
    ...compiled.structural,
    ...(shape?.structural ?? []).map((glob) => parseGlob(glob, 'response shape')),
  ]
  return globs.some((glob) => matches(glob, segments)) ? 'structural' : 'content'
}
