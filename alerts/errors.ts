import { errorsOf } from '../core/errors.ts'

export const alertsErrors = {
  TW_ALERT_UNKNOWN: {
    status: 404,
    message: 'There is no alert {id}.',
    hint: 'Look for it in the list of alerts.',
  },
  TW_ALERT_ROLE: {
    status: 403,
    message: 'Your roles do not let you triage alerts.',
    hint: 'Ask an admin for one of the roles under policy.auditors or policy.admins.',
  },
  TW_ALERT_OWN: {
    status: 403,
    message: 'This alert is about you.',
    hint: 'Somebody else has to triage it.',
  },
  TW_ALERT_TRANSITION: {
    status: 409,
    message: 'The alert is already {status}: it cannot become {to}.',
    hint: 'Look at its history; a closed alert can be re-opened.',
  },
  TW_ALERT_REASON: {
    status: 400,
    message: 'A reason is needed.',
    hint: 'Say in 1 to 1000 characters why.',
  },
  TW_ALERT_VERDICT: {
    status: 400,
    message: 'Closing needs a verdict.',
    hint: 'Choose true-positive, false-positive or benign.',
  },
  TW_ALERT_BUSY: {
    status: 409,
    message: 'The alert {id} changes too fast.',
    hint: 'Look at it again, then decide.',
  },
  TW_ALERT_QUERY: {
    status: 400,
    message: 'The query for alerts is not valid: {problem}.',
    hint: 'Use the values listed in the documentation of alerts.',
  },
  TW_ALERT_SECOND: {
    status: 403,
    message: 'This needs a second person.',
    hint: 'Somebody else who may triage alerts has to confirm it, not an account of the first.',
  },
  TW_ALERT_NOTHING_PROPOSED: {
    status: 409,
    message: 'Nothing waits to be confirmed here.',
    hint: 'It was confirmed, declined or withdrawn already, or the severity rose: look at the history.',
  },
  TW_VERDICT_UNKNOWN: {
    status: 404,
    message: 'There is no verdict {id} in force.',
    hint: 'It may have ended or been revoked already.',
  },
  TW_RISK_TEAM: {
    status: 403,
    message: 'The risk of somebody in your own team is not yours to reset.',
    hint: 'Ask somebody of another team who may triage alerts.',
  },
  TW_SUPPRESSION_DETERMINISTIC: {
    status: 409,
    message: 'Alerts of {detector} cannot be suppressed.',
    hint: 'They state a fact, not a likelihood: triage each.',
  },
  TW_SUPPRESSION_PERIOD: {
    status: 400,
    message: 'A suppression must end, after now and within {days} days.',
    hint: 'Choose a nearer end; it can be renewed.',
  },
  TW_SUPPRESSION_UNKNOWN: {
    status: 404,
    message: 'There is no suppression {id}.',
    hint: 'It may have been lifted already.',
  },
  TW_SLACK_CONFIG: {
    status: 500,
    message: 'Slack in {mode} mode needs slack.{field}.',
    hint: 'See docs/slack.md for where to find it.',
  },
  TW_SLACK_NOT_ENROLLED: {
    status: 403,
    message: 'Tracewarden does not know yet who you are in Slack.',
    hint: 'Sign in on the console and enter the code there.',
  },
  TW_SLACK_SUSPENDED: {
    status: 403,
    message: 'You are suspended.',
    hint: 'Ask an admin.',
  },
  TW_SLACK_CONSOLE_ONLY: {
    status: 409,
    message: 'This cannot be decided in Slack.',
    hint: 'Open it on the console.',
  },
  TW_SLACK_MALFORMED: {
    status: 400,
    message: 'Slack sent something that could not be read: {problem}.',
    hint: 'Try again; if it stays, decide on the console.',
  },
  TW_SLACK_FAILED: {
    status: 500,
    message: 'Tracewarden could not do that now.',
    hint: 'Try again, or decide on the console.',
  },
  TW_ENROLMENT_SERVICE: {
    status: 403,
    message: 'A service account has no Slack user.',
    hint: 'Sign in as yourself.',
  },
  TW_ENROLMENT_UNKNOWN: {
    status: 404,
    message: 'This code from Slack is not valid any more.',
    hint: 'Press the button in Slack again for a new one; each works once, for ten minutes.',
  },
} as const

export const fail = errorsOf(alertsErrors)
