import type { Ask, Attack } from '../attack.ts'
import { ORACLE } from '../house.ts'

/** What attacks on the stores with profiles of their own are put together from. */
export const TRUE = ORACLE.aws.slice(0, 10)
export const FALSE = `${TRUE.slice(0, 9)}${TRUE[9] === 'Q' ? 'Z' : 'Q'}`
export const guesses = (ask: (guess: string) => Ask): readonly [Ask, Ask] => [ask(TRUE), ask(FALSE)]
export const enc = encodeURIComponent

export const mlflow = (body: object | string, path = '/api/3.0/mlflow/traces/search'): Ask => ({
  door: 'mlflow',
  path,
  body,
  headers: { 'content-type': 'application/json' },
})
export const locations = [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '1' } }]

export const phoenix = (path: string, more: Partial<Ask> = {}): Ask => ({ door: 'phoenix', path, ...more })
export const gql = (query: string, variables?: object): Ask =>
  phoenix('/graphql', { body: { query, ...(variables && { variables }) } })
export const project = (inner: string) => `{ node(id: "UHJvamVjdDoy") { ... on Project { ${inner} } } }`

export const entry = (rows: readonly number[], name: string, steps: Attack['steps']): Attack => ({
  rows,
  name,
  ...(steps && { steps }),
})
export const X = (text: string, guess: string) => text.replaceAll('X', guess)
