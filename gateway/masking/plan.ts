import type { KeyObject } from 'node:crypto'
import { fail } from './errors.ts'
import type { Context } from './json/context.ts'
import { JsonScanner } from './json/scanner.ts'
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

/** Scanners kept for the next body, and how much scratch memory and how many objects read they may bring along. */
const IDLE = 4
const SCRATCH = 1 << 20
const WORN = 1 << 30

/** What a plan knows beyond its public face: paths it has seen, kept from body to body, and scanners to use again. */
export class PlanRules {
  readonly compiled: CompiledMasking
  private readonly fresh: () => PathTable
  private table: PathTable
  private idle: JsonScanner[] = []

  constructor(compiled: CompiledMasking, shape: ResponseShape, reveal: ReadonlySet<string>) {
    this.compiled = compiled
    this.fresh = () => new PathTable(shape, compiled.fields, compiled.structural, reveal)
    this.table = this.fresh()
  }

  /** A full table begins anew with the next body, so that one odd body does not slow all that follow. */
  paths(): PathTable {
    if (this.table.full) {
      this.table = this.fresh()
      this.idle = []
    }
    return this.table
  }

  /** A scanner that has read other bodies, if one is there. */
  take(lines: boolean): JsonScanner | undefined {
    this.paths()
    const at = this.idle.findLastIndex((scanner) => scanner.lines === lines)
    return at < 0 ? undefined : this.idle.splice(at, 1)[0]
  }

  /** Keeps a scanner that has read its body to the end and will not be used by who had it. */
  giveBack(scanner: JsonScanner): void {
    if (scanner.context.root === this.table.root && this.idle.length < IDLE)
      if (scanner.scratch + scanner.context.text.scratch < SCRATCH && scanner.instances < WORN) {
        scanner.forget()
        this.idle.push(scanner)
      }
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

/** @throws TW_MASK_PLAN for a plan of other making. */
export function rulesOf(plan: MaskPlan): PlanRules {
  if (!(plan.rules instanceof PlanRules)) throw fail('TW_MASK_PLAN')
  return plan.rules
}

/** A scanner at the beginning of a body; `lines`: one JSON value a line. @throws TW_MASK_PLAN */
export function scannerOf(plan: MaskPlan, lines: boolean): JsonScanner {
  const context = contextOf(plan)
  const scanner = new JsonScanner(context, { level: 0, lines })
  scanner.restart(context.observer)
  return scanner
}

/** The same, one that was used before where there is one; whoever is done with it gives it back. @throws TW_MASK_PLAN */
export function usedScannerOf(plan: MaskPlan, lines: boolean): JsonScanner {
  const scanner = rulesOf(plan).take(lines)
  if (!scanner) return scannerOf(plan, lines)
  scanner.restart(new Observer(plan.shape))
  return scanner
}

/** All that masking one body needs. */
function contextOf(plan: MaskPlan): Context {
  const planRules = rulesOf(plan)
  const { compiled } = planRules
  const { rules } = compiled
  return {
    root: planRules.paths().root,
    text: new TextScanner(rules),
    observer: new Observer(plan.shape),
    hideContent: plan.hideContent,
    reveal: plan.reveal,
    pseudonym: plan.pseudonym,
    maxString: compiled.maxString,
    secretName: named(rules, 'secret-assignment'),
    passwordName: named(rules, 'password-assignment'),
    card: named(rules, 'payment-card'),
  }
}

const named = ({ rules }: RuleSet, name: string): ScanRule | undefined =>
  rules.find((rule) => rule.name === name)
