import type { KeyObject } from 'node:crypto'
import { fail } from './errors.ts'
import type { Context } from './json/context.ts'
import type { MaskPlan, ResponseShape, Transform } from './masker.ts'
import { Observer } from './observe.ts'
import type { Glob } from './paths/glob.ts'
import { type FieldRule, PathTable } from './paths/table.ts'
import type { RuleSet, ScanRule } from './scan/ruleset.ts'
import { TextScanner } from './scan/text.ts'

/** The masking config, compiled once for all readers. */
export interface CompiledMasking {
  readonly fields: readonly FieldRule[]
  readonly structural: readonly Glob[]
  /** Made when they are first needed. */
  readonly rules: RuleSet
  readonly maxString: number
  readonly transforms: ReadonlyMap<string, Transform>
}

/** What a plan knows beyond its public face: paths it has seen, kept from body to body. */
export class PlanRules {
  readonly compiled: CompiledMasking
  private readonly fresh: () => PathTable
  private table: PathTable

  constructor(compiled: CompiledMasking, shape: ResponseShape, reveal: ReadonlySet<string>) {
    this.compiled = compiled
    this.fresh = () => new PathTable(shape, compiled.fields, compiled.structural, reveal)
    this.table = this.fresh()
  }

  /** A full table begins anew with the next body, so that one odd body does not slow all that follow. */
  paths(): PathTable {
    if (this.table.full) this.table = this.fresh()
    return this.table
  }
}

export interface PlanOptions {
  /** Listings: content becomes a placeholder. */
  hideContent: boolean
  /** Names of fields and content rules shown in clear. */
  reveal: Iterable<string>
  /** For pseudonyms of this reader or case. */
  pseudonym: KeyObject
}

/** @throws TW_MASK_PATH if the shape has a malformed path. */
export function planFor(compiled: CompiledMasking, shape: ResponseShape, options: PlanOptions): MaskPlan {
  const reveal = new Set(options.reveal)
  return {
    rules: new PlanRules(compiled, shape, reveal),
    shape,
    hideContent: options.hideContent,
    reveal,
    pseudonym: options.pseudonym,
  }
}

/** All that masking one body needs. @throws TW_MASK_PLAN for a plan of other making. */
export function contextOf(plan: MaskPlan): Context {
  if (!(plan.rules instanceof PlanRules)) throw fail('TW_MASK_PLAN')
  const { compiled } = plan.rules
  const { rules } = compiled.rules
  const named = (name: string): ScanRule | undefined => rules.find((rule) => rule.name === name)
  return {
    root: plan.rules.paths().root,
    text: new TextScanner(compiled.rules),
    observer: new Observer(plan.shape),
    hideContent: plan.hideContent,
    reveal: plan.reveal,
    pseudonym: plan.pseudonym,
    maxString: compiled.maxString,
    secretName: named('secret-assignment'),
    passwordName: named('password-assignment'),
    card: named('payment-card'),
  }
}
