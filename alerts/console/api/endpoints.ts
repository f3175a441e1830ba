import { z } from 'zod'
import { fail } from '../errors.ts'
import { alertCalls } from './alerts.ts'
import { approvalCalls } from './approvals.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { sessionCalls } from './sessions.ts'
import { userCalls } from './users.ts'

export const ownCalls = {
  health: endpoint({
    method: 'GET',
    path: '/health',
    summary: 'What works and what does not',
    needs: 'anyone',
    input: z.strictObject({}),
    // Details name files, addresses and what fails.
    handle: async (_input, { auditor }, { health }) => {
      const { ready, parts } = await health()
      return { ready, parts: parts.map((part) => (auditor ? part : { ...part, detail: '' })) }
    },
  }),
  enrol: endpoint({
    method: 'POST',
    path: '/slack/enrol',
    summary: 'Connects the Slack user who got this code with the person who is signed in',
    needs: 'anyone',
    input: z.strictObject({ code: z.string().trim().min(1).max(64) }),
    handle: async ({ code }, { identity }, { confirmSlack }) => {
      if (!confirmSlack) throw fail('TW_CONSOLE_NOT_FOUND', { what: 'Slack connection' })
      return confirmSlack(code, identity)
    },
  }),
} as const

/** Everything that can be asked or done. */
export const endpoints: readonly Endpoint[] = [
  alertCalls,
  approvalCalls,
  sessionCalls,
  userCalls,
  ownCalls,
].flatMap((calls): Endpoint[] => Object.values(calls))
