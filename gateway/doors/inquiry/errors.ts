import { errorsOf } from '../../../core/errors.ts'

/** What every door may answer, each in its protocol's own form. */
export const inquiryErrors = {
  TW_DOOR_BLOCKED: {
    status: 403,
    message: 'Policy refuses this: {reason}',
    hint: 'The rules that decided are named in `rules`; ask their owner if your work needs it.',
  },
  TW_DOOR_APPROVAL_PENDING: {
    status: 403,
    message: 'This needs an approval, which was asked for: {reason}',
    hint: 'Wait for the reviewer, then send the same request again; `status_url` says how it stands.',
  },
  TW_DOOR_APPROVAL_DENIED: {
    status: 403,
    message: 'The approval this needs was not given: {reason}',
    hint: 'Talk to the reviewer; ask again only with what they miss.',
  },
  TW_DOOR_GRANT_SPENT: {
    status: 403,
    message: 'The approval for this was used up, has expired or was revoked meanwhile.',
    hint: 'Send the request again to ask anew.',
  },
  TW_DOOR_UNRECORDED: {
    status: 503,
    message: 'What you would see cannot be recorded now, so it is not shown.',
    hint: 'Try again later; the admin should look at the gateway’s disk and at the store.',
  },
} as const

export const fail = errorsOf(inquiryErrors)
