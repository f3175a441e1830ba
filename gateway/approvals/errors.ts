import { type ErrorTable, errorsOf } from '../../core/errors.ts'

export const approvalErrors = {
  TW_APPROVAL_UNKNOWN: {
    status: 404,
    message: 'There is no approval {id}.',
    hint: 'It may be older than the store keeps; ask again by repeating the request.',
  },
  TW_APPROVAL_ALTERED: {
    status: 500,
    message: 'The stored {kind} {id} is not as the gateway signed it.',
    hint: 'Nothing is released under it. Find out who wrote it; ask again by repeating the request.',
  },
  TW_APPROVAL_NOBODY: {
    status: 403,
    message: 'Nobody is named who could approve this ({groups}).',
    hint: 'An admin names reviewers in the rule or in approvals.default_groups; `tracewarden check` finds this.',
  },
  TW_APPROVAL_TOO_MANY: {
    status: 429,
    message: '{user} has {limit} undecided requests already.',
    hint: 'Wait for decisions, or withdraw requests that are no longer needed.',
  },
  TW_APPROVAL_OWN: {
    status: 403,
    message: 'Nobody decides on their own request, nor on one of a service account that is theirs.',
    hint: 'Ask another member of the groups asked.',
  },
  TW_APPROVAL_NOT_REVIEWER: {
    status: 403,
    message: '{user} is in none of the groups asked ({groups}).',
    hint: 'Only members of these groups decide, and only people.',
  },
  TW_APPROVAL_TWICE: {
    status: 409,
    message: '{user} has decided on this already; one person has one voice.',
    hint: 'It still needs {missing} other reviewer(s).',
  },
  TW_APPROVAL_DECIDED: {
    status: 409,
    message: 'This request is {status} already.',
    hint: 'Nothing was changed. An approved one can be revoked.',
  },
  TW_APPROVAL_REASON: {
    status: 400,
    message: 'A decision needs a reason of 1 to {longest} characters.',
    hint: 'Say in a few words why; it is recorded with the decision.',
  },
  TW_APPROVAL_SCOPE: {
    status: 400,
    message: 'A grant cannot be given like this: {problem}.',
    hint: 'Give a shorter time or fewer traces; the bounds are in approvals of the config.',
  },
  TW_APPROVAL_CONSOLE: {
    status: 403,
    message: 'This would show high-risk fields ({fields}), which is not decided in Slack.',
    hint: 'Open the approval on the console and decide there, after a fresh sign-in.',
  },
  TW_APPROVAL_STALE_SIGN_IN: {
    status: 401,
    message: 'High-risk requests are decided within {minutes} min of signing in.',
    hint: 'Sign in again, then decide.',
  },
  TW_APPROVAL_NOT_YOURS: {
    status: 403,
    message: '{user} may not revoke this.',
    hint: 'The requester, a reviewer of the groups asked, or an admin may.',
  },
  TW_APPROVAL_BREAK_GLASS: {
    status: 403,
    message: 'The glass cannot be broken for this: {problem}.',
    hint: 'Wait for a reviewer, or ask for less; the bounds are in approvals.break_glass of the config.',
  },
  TW_APPROVAL_NO_REVIEW: {
    status: 409,
    message: 'The request {id} has no review open.',
    hint: 'Only requests that were let through by breaking the glass are reviewed, and each once.',
  },
  TW_APPROVAL_BUSY: {
    status: 503,
    message: 'The {kind} {id} is being changed by others all the time.',
    hint: 'Nothing was changed. Try again.',
  },
} as const satisfies ErrorTable

export const fail = errorsOf(approvalErrors)
