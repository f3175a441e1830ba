import { CodedError } from '../../../core/errors.ts'
import type { Random } from '../../../core/random.ts'
import type { PostgresConnection } from '../../config/postgres.ts'
import { ask } from './backend/control.ts'
import { openLink } from './backend/link.ts'
import { inspectRole } from './backend/role.ts'

/** What an admin should know of the database behind a connection before the door opens. */
export interface Inspection {
  /** The database answered. */
  reached: boolean
  /** Why the door would not use it. */
  problem?: CodedError
}

/** Signs in as the gateway does and looks at role and version. Never rejects. */
export async function inspectPostgres({ backend }: PostgresConnection, random: Random): Promise<Inspection> {
  try {
    const link = await openLink({ backend, random, salted: new Map(), parameters: {} })
    try {
      await inspectRole((sql) => ask(link, sql))
    } finally {
      link.close()
    }
    return { reached: true }
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    return { reached: error.code !== 'TW_PG_BACKEND_UNREACHABLE', problem: error }
  }
}
