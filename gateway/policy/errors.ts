import { type ErrorTable, errorsOf } from '../../core/errors.ts'

/** What policy says no with. A decision's `code` is a row of this table, its `reason` the row's message filled in. */
export const policyErrors = {
  TW_POLICY_UNKNOWN_ROUTE: {
    status: 403,
    message: 'The gateway does not know what {route} does on {connection}, so it is refused.',
    hint: 'Use the calls the store’s own client makes; an admin can add the route to the profile or set unknown_routes.',
  },
  TW_POLICY_ADMIN: {
    status: 403,
    message: '{route} administers the trace store; the gateway does not pass that.',
    hint: 'Administer the store directly, with the rights for it. The attempt has been recorded.',
  },
  TW_POLICY_EXPORT: {
    status: 403,
    message: '{route} exports traces as a whole, which is refused.',
    hint: 'Read single traces, or ask an admin for a reviewed export.',
  },
  TW_POLICY_WRITE: {
    status: 403,
    message: '{route} writes to the trace store, which policy refuses here.',
    hint: 'Write through the application that owns the traces, or ask an admin about builtin.block_write.',
  },
  TW_POLICY_ORACLE: {
    status: 403,
    message: 'This request would {use} by {field}, whose values are hidden: the answer would give them away.',
    hint: 'Use structural fields such as ids, times and model names; masking.structural declares more of them.',
  },
  TW_POLICY_TOO_MANY: {
    status: 403,
    message: '{traces} traces at once are more than the {limit} one response may hold, even with approval.',
    hint: 'Ask for fewer, by a narrower filter or a smaller page.',
  },
  TW_POLICY_WINDOW: {
    status: 429,
    message: 'With these, {traces} traces would have been read within {span}; {limit} is the most.',
    hint: 'Wait until earlier reads are out of the window, or ask an admin.',
  },
  TW_POLICY_RULE: {
    status: 403,
    message: 'Refused by rule {rule}: {reason}',
    hint: 'The rule’s owner can say what is allowed instead.',
  },
  TW_POLICY_RULE_FAILED: {
    status: 403,
    message: 'Rule {rule} could not be evaluated ({problem}), so the request is refused.',
    hint: 'An admin should correct the condition; `tracewarden check` shows it.',
  },
  TW_POLICY_APPROVAL: {
    status: 403,
    message: 'Needs approval: {reason}',
    hint: 'A reviewer has been asked; repeat the identical request once it is approved.',
  },
  TW_POLICY_INVALID: {
    status: 500,
    message: 'The policy has {count} problem(s), the first at {path}: {problem}',
    hint: 'Correct them; `tracewarden check` lists each with its line.',
  },
  TW_POLICY_NOT_ADMIN: {
    status: 403,
    message: '{by} has none of the roles that may change policy ({roles}).',
    hint: 'Ask one of the admins. The attempt has been recorded.',
  },
  TW_POLICY_WRONG_HAND: {
    status: 403,
    message: 'The policy in force does not accept this config file: {reason}.',
    hint: 'Have it signed with `tracewarden sign` by as many admins as policy.changes asks for, by a file of the right owner; the old one stays. The attempt has been recorded.',
  },
  TW_POLICY_QUOTA_FORGED: {
    status: 500,
    message: 'The reservations {id} in the store are not signed by a trusted key.',
    hint: 'Find out who wrote the document `quota/{id}`; trusted keys are the .pub files in the key directory.',
  },
  TW_POLICY_QUOTA_BUSY: {
    status: 503,
    message: 'Several gateways reserve traces of one person at once, again and again.',
    hint: 'Try again in a moment.',
  },
  TW_POLICY_QUOTA_UNKNOWN: {
    status: 503,
    message: 'How much you have read through other gateways cannot be known now.',
    hint: 'Try again later; the admin should look at the store.',
  },
  TW_POLICY_STALE: {
    status: 409,
    message: 'Policy version {found} in the store is not the one this gateway holds ({held}).',
    hint: 'Another replica changed policy meanwhile; load the config again and decide again.',
  },
  TW_POLICY_VERSION_FORGED: {
    status: 500,
    message: 'The policy version in the store is not signed by a trusted key, or goes back from {held}.',
    hint: 'Find out who wrote the document `policy-version/current`; trusted keys are the .pub files in the key directory.',
  },
} as const satisfies ErrorTable

export type PolicyCode = keyof typeof policyErrors

export const fail = errorsOf(policyErrors)
