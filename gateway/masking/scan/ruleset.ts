import { SHORT_ESCAPES } from '../json/escapes.ts'
import type { Transform } from '../masker.ts'
import type { ContentRule } from '../rules/rule.ts'
import { masked } from '../transform.ts'
import { type Automaton, buildAutomaton, bytesOf, type Trigger } from './automaton.ts'
import { buildFilter, type Filter } from './filter.ts'
import { keyword } from './keyword.ts'
import { Engine } from './wasm/engine.ts'

/** A rule made ready to run. */
export interface ScanRule {
  readonly name: string
  readonly transform: Transform
  readonly highRisk: boolean
  readonly credential: boolean
  readonly join: boolean
  /** The name of a hidden field that stands before its value in plain text; such a match is that field's. */
  readonly field: boolean
  /** Position in the list of rules. */
  readonly order: number
  readonly pattern: RegExp
  readonly cut: RegExp | undefined
  readonly lead: Uint8Array | undefined
  readonly leadMax: number
  readonly each: boolean
  readonly whole: boolean
  /** Where a match can begin at all, if that is known. */
  readonly starts: Uint8Array | undefined
  /** What stands for a redacted match. */
  readonly redacted: string
  /** Searched for in the whole text rather than where the keyword stands: rules from config. */
  readonly roams: boolean
  readonly check: ((secret: string) => boolean | number) | undefined
}

/** What the automaton finds beside rules: text that says something else once its escapes are undone. */
export const ESCAPES = ['%\\h\\h', '\\\\u\\h\\h', '\\\\x\\h\\h', '&#\\h', '&#x', '\\\\"', '&amp;'] as const

export interface RuleSet {
  readonly automaton: Automaton
  readonly filter: Filter
  readonly engine: Engine
  readonly rules: readonly ScanRule[]
  /** By trigger: its rule, or −1 for an escape. */
  readonly ruleOf: Int32Array
  readonly lengthOf: Int32Array
  /** Rules from config without keywords. */
  readonly always: readonly ScanRule[]
}

export interface RuleInput {
  readonly rule: Omit<ContentRule, 'examples' | 'title'>
  readonly transform: Transform
  readonly highRisk?: boolean
  readonly roams?: boolean
  readonly field?: boolean
}

export function buildRuleSet(inputs: readonly RuleInput[]): RuleSet {
  const rules = inputs.map(scanRule)
  const triggers: Trigger[] = []
  inputs.forEach(({ rule }, id) => {
    for (const source of new Set(rule.keywords))
      triggers.push({ id, sets: keyword(source, rule.caseless ?? false) })
  })
  // Without any rule there is nothing to look for behind escapes either.
  if (rules.length > 0) for (const source of ESCAPES) triggers.push({ id: -1, sets: keyword(source, true) })
  const filter = buildFilter(triggers.map((trigger) => trigger.sets.map(bytesOf)))
  return {
    automaton: buildAutomaton(triggers),
    filter,
    engine: new Engine(filter.tables, SHORT_ESCAPES),
    rules,
    ruleOf: Int32Array.from(triggers, (trigger) => trigger.id),
    lengthOf: Int32Array.from(triggers, (trigger) => trigger.sets.length),
    always: rules.filter((rule, i) => rule.roams && inputs[i]!.rule.keywords.length === 0),
  }
}

/** An ellipsis may stand where a value was cut, in UTF-8 read as Latin-1. */
const CUT_END = '(?:\\.{2,3}|\\u00e2\\u0080\\u00a6)?$'

function scanRule(input: RuleInput, order: number): ScanRule {
  const { rule } = input
  const flags = rule.caseless ? 'i' : ''
  return {
    name: rule.name,
    transform: input.transform,
    highRisk: input.highRisk ?? false,
    credential: rule.kind === 'credential',
    join: rule.join ?? false,
    field: input.field ?? false,
    order,
    pattern: new RegExp(rule.pattern, input.roams ? 'g' : `y${flags}`),
    cut: rule.cut === undefined ? undefined : new RegExp(`(?:${rule.cut})${CUT_END}`, `y${flags}`),
    lead: rule.lead ? leadSet(rule.lead.chars) : undefined,
    leadMax: rule.lead?.max ?? 0,
    each: rule.lead?.each ?? false,
    whole: rule.lead?.whole ?? false,
    starts: rule.lead?.starts ? leadSet(rule.lead.starts) : undefined,
    redacted: masked(rule.name),
    roams: input.roams ?? false,
    check: rule.check,
  }
}

function leadSet(chars: string): Uint8Array {
  const member = new RegExp(`[${chars.replace(/^\+/, '\\+')}]`)
  return Uint8Array.from({ length: 256 }, (_, byte) => Number(member.test(String.fromCharCode(byte))))
}
