import type { RowField } from '../backend/control.ts'
import type { StatementContext, StatementPlan, Treatment } from '../statement/plan.ts'
import type { Statement } from './statement.ts'

/** A prepared statement, by message or by PREPARE: they share their names. */
export interface Prepared {
  /** As the client wrote it; of PREPARE the whole command. */
  readonly text: string
  readonly sql: boolean
  readonly types: readonly number[]
  plan: StatementPlan
  context: StatementContext
}

/** A bound statement. Its rows are counted together, however many messages fetch them. */
export interface Portal {
  readonly prepared: Prepared
  readonly x: Statement
  /** The client's Bind, to bind again after a wait. */
  readonly bind: Buffer
  /** Known once the server has described it; treatments are of that description. */
  described: Described | undefined
}

export interface Described {
  readonly fields: readonly RowField[]
  readonly treatments: readonly Treatment[]
}
