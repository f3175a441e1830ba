import { type ErrorTable, errorsOf } from '../../core/errors.ts'

export const consoleErrors = {
  TW_CONSOLE_SIGN_IN: {
    status: 401,
    message: 'Nobody is signed in.',
    hint: 'Sign in on the console, or send an access token or a Tracewarden token as bearer.',
  },
  TW_CONSOLE_ROLE: {
    status: 403,
    message: 'This needs one of the roles {roles}.',
    hint: 'Ask an administrator; roles come from the config and the identity provider.',
  },
  TW_CONSOLE_CROSS_SITE: {
    status: 403,
    message: 'The request came from another site.',
    hint: 'Open the console itself and press the button there.',
  },
  TW_CONSOLE_INPUT: {
    status: 400,
    message: '{field}: {expected}',
    hint: 'The OpenAPI document at /api/v1/openapi.json describes each field.',
  },
  TW_CONSOLE_TOO_LARGE: {
    status: 413,
    message: 'What was sent is too large.',
    hint: 'Forms and bodies may have 64 KiB.',
  },
  TW_CONSOLE_MEDIA: {
    status: 415,
    message: 'What was sent is neither a form nor JSON.',
    hint: 'Send `content-type: application/json`.',
  },
  TW_CONSOLE_NO_PAGE: {
    status: 404,
    message: 'There is no such page.',
    hint: 'The address may be mistyped; the API is described at /api/v1/openapi.json.',
  },
  TW_CONSOLE_BROKEN: {
    status: 500,
    message: 'Something broke here.',
    hint: 'Try again; the log of this process says what it was.',
  },
  TW_CONSOLE_NOT_FOUND: {
    status: 404,
    message: 'There is no {what} with this id.',
    hint: 'It may have been removed by retention, or belong to another installation.',
  },
} as const satisfies ErrorTable

export const fail = errorsOf(consoleErrors)
