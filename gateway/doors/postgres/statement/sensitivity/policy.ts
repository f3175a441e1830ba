import type { PostgresConnection } from '../../../../config/postgres.ts'
import type { CompiledMasking } from '../../../../masking/compile.ts'

/** What statements on one connection are judged by. */
export interface PostgresPolicy {
  /** Changes with anything below. */
  readonly hash: string
  readonly tables: PostgresConnection['tables']
  readonly catalogue: PostgresConnection['catalogue']
  readonly functions: ReadonlySet<string>
  readonly writes: boolean
  readonly masking: CompiledMasking
}
