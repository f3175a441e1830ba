import { CodedError } from '../../../../core/errors.ts'
import { commitRefusal, unrecorded } from '../../inquiry/commit.ts'
import { draftOf } from '../../inquiry/event.ts'
import { fail, sqlstateOf } from '../errors.ts'
import { report } from '../wire/write.ts'
import type { Client } from './client.ts'
import { type Statement, StatementRefused } from './statement.ts'

/**
 * The end of a statement that was not served: undo, record, answer. One function says no, and from it come the log
 * line, the event and the client's error.
 */
export async function refuse(client: Client, x: Statement | undefined, thrown: unknown): Promise<void> {
  const error = codedOf(client, x, thrown)
  if (x && x.released === 0) {
    x.undo?.()
    x.undo = undefined
  }
  const answered = x && !x.releasing ? await record(client, x, error) : error
  client.send(errorReport(answered, x, thrown instanceof StatementRefused ? thrown : undefined))
}

export function codedOf(client: Client, x: Statement | undefined, thrown: unknown): CodedError {
  if (thrown instanceof StatementRefused) return thrown.coded
  const request = x?.id
  if (thrown instanceof CodedError) {
    if (thrown.status >= 500 && !client.gone)
      client.door.log.warn({ err: thrown, cause: thrown.cause, request }, 'a statement failed')
    return thrown
  }
  client.door.log.error({ err: thrown, request }, 'a statement failed unexpectedly')
  return fail('TW_PG_INTERNAL', {}, thrown)
}

/** The error the client gets: the same, or that the refusal itself could not be recorded. */
async function record(client: Client, x: Statement, error: CodedError): Promise<CodedError> {
  const { door } = client
  const verdict = x.decision?.verdict
  door.metrics.statements.inc({
    connection: door.connection.name,
    verdict: verdict ?? 'none',
    outcome: 'failure',
  })
  try {
    const reason = `${error.code}: ${error.message}`
    const draft = draftOf(door, x, {
      outcome: 'failure',
      reason,
      bypass: x.facts?.bypass ?? [],
      verdict: verdict === 'approval' ? 'approval' : 'block',
    })
    await commitRefusal(door, x, draft)
    return error
  } catch (cause) {
    door.log.error({ err: cause, request: x.id }, 'a refusal could not be recorded')
    return unrecorded(cause)
  }
}

function errorReport(
  error: CodedError,
  x: Statement | undefined,
  refused: StatementRefused | undefined,
): Buffer {
  const approval = x?.approval
  const rules = x?.decision?.rules.join(', ')
  const detail = approval
    ? `approval ${approval.id} is ${approval.status}, asked: ${approval.groups.join(', ') || 'nobody'}`
    : rules
      ? `rules: ${rules}`
      : undefined
  return report({
    severity: 'ERROR',
    sqlstate: refused?.refusal.sqlstate ?? sqlstateOf(error),
    message: `${error.code}: ${error.message}`,
    hint: error.hint,
    ...(detail === undefined ? {} : { detail }),
    ...(refused?.refusal.position === undefined ? {} : { position: refused.refusal.position }),
  })
}

/** The last word to a client whose connection ends. */
export const fatal = (error: CodedError): Buffer =>
  report({
    severity: 'FATAL',
    sqlstate: sqlstateOf(error),
    message: `${error.code}: ${error.message}`,
    hint: error.hint,
  })
