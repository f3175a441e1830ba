import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type SampleTrace, sampleTraces } from '../../fixtures/tracestore/traces.ts'

/** What is loaded into both stores: steps of thought, action and observation. */
export interface LoadedTrace {
  model: string
  input: string
  system: string
  steps: { thought: string; action: string; observation: string }[]
  output: string
}

/** What must not come out of a store, and what of its first trace must. */
export interface Expected {
  planted: readonly string[]
  /** Plain words of the first trace's reasoning and of its question. */
  thought: string
  question: string
  /** A trace whose question holds something planted: its place, and the plain words it ends with. */
  telling: { index: number; words: string }
}

/** The project's own traces, with planted secrets; they stand first, so that the newest of a store is one of them. */
export function ownTraces(): { traces: LoadedTrace[]; expected: Expected } {
  const { traces, planted } = sampleTraces(8, Date.UTC(2026, 10, 20), 11)
  const [first] = traces
  const thought = first?.reasoning[0]?.thought.slice(0, 24) ?? ''
  const question = first?.input.slice(0, 24) ?? ''
  return {
    traces: traces.map(loaded),
    expected: { planted, thought, question, telling: telling(traces, planted) },
  }
}

function telling(traces: readonly SampleTrace[], planted: readonly string[]): Expected['telling'] {
  for (const [index, { input }] of traces.entries())
    if (planted.some((secret) => input.includes(secret))) return { index, words: input.slice(-24).trim() }
  throw new Error('no question of ours holds anything planted')
}

const loaded = (trace: SampleTrace): LoadedTrace => ({
  model: trace.model,
  input: trace.input,
  system: trace.system_prompt,
  steps: trace.reasoning.map(({ thought, action, observation }) => ({ thought, action, observation })),
  output: trace.output,
})

/** Real agent runs beside the project, where they are there. */
export function sharedTraces(root: string): LoadedTrace[] {
  const folder = resolve(root, '../shared/data')
  return [...trajectories(join(folder, 'trajectories')), ...thinking(join(folder, 'thinking'))]
}

const files = (folder: string) =>
  existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

function trajectories(folder: string): LoadedTrace[] {
  return files(folder).flatMap((file) => {
    const steps = list(record(JSON.parse(readFileSync(file, 'utf8'))).trajectory).map(record)
    if (steps.length === 0) return []
    return {
      model: 'agent',
      input: text(steps[0]?.observation).slice(0, 4000) || 'a task',
      system: '',
      steps: steps.map((step) => ({
        thought: text(step.thought),
        action: text(step.action),
        observation: text(step.observation),
      })),
      output: text(steps.at(-1)?.response),
    }
  })
}

function thinking(folder: string): LoadedTrace[] {
  return files(folder).flatMap((file) => {
    const { body } = record(JSON.parse(readFileSync(file, 'utf8')))
    const answer = record(typeof body === 'string' ? JSON.parse(body) : body)
    const blocks = list(answer.content).map(record)
    const of = (type: string, name: string) =>
      blocks.filter((block) => block.type === type).map((block) => text(block[name]))
    const thoughts = of('thinking', 'thinking')
    if (thoughts.length === 0) return []
    return {
      model: text(answer.model),
      input: 'a question',
      system: '',
      steps: thoughts.map((thought) => ({ thought, action: '', observation: '' })),
      output: of('text', 'text').join('\n'),
    }
  })
}
