import { type ErrorTable, errorsOf } from '../../core/errors.ts'

/** Never the credential, never a claim's value beyond names that config already holds. */
export const identityErrors = {
  TW_AUTH_MALFORMED: {
    status: 401,
    message: 'The credential is not a well-formed access token.',
    hint: 'Send a signed JWT access token of a configured provider, or a token made with `tracewarden token create`.',
  },
  TW_AUTH_TOO_LARGE: {
    status: 401,
    message: 'The credential is larger than 16 KiB.',
    hint: 'Ask the identity provider to leave out claims that Tracewarden does not need, such as long group lists.',
  },
  TW_AUTH_ISSUER: {
    status: 401,
    message: 'The token was issued by a provider that is not configured here.',
    hint: 'Use a token of a provider listed under identity.oidc; `iss` must equal its issuer, character by character.',
  },
  TW_AUTH_ALGORITHM: {
    status: 401,
    message: 'The token’s signature algorithm is not accepted.',
    hint: 'Unsigned tokens never are; others are listed under identity.oidc[].algorithms of provider {provider}.',
  },
  TW_AUTH_SIGNATURE: {
    status: 401,
    message: 'The token’s signature does not verify.',
    hint: 'Get a new token from provider {provider}; if this goes on, the token was altered or comes from elsewhere.',
  },
  TW_AUTH_KEY_UNKNOWN: {
    status: 401,
    message: 'The token is signed with a key that provider {provider} does not publish.',
    hint: 'Get a new token; if keys were rotated just now, try again in half a minute.',
  },
  TW_AUTH_EXPIRED: {
    status: 401,
    message: 'The credential has expired.',
    hint: 'Get a new token, or sign in again.',
  },
  TW_AUTH_NOT_YET: {
    status: 401,
    message: 'The token is not valid yet: its nbf or iat lies in the future.',
    hint: 'Compare the clocks of this machine and of the provider; identity.oidc[].skew is the tolerance.',
  },
  TW_AUTH_AUDIENCE: {
    status: 401,
    message: 'The token is meant for another audience.',
    hint: 'Ask provider {provider} for a token whose `aud` holds the configured audience.',
  },
  TW_AUTH_CLIENT: {
    status: 403,
    message: 'The token was issued to a client that may not be used here.',
    hint: 'Use a client listed under identity.oidc[].clients of provider {provider}.',
  },
  TW_AUTH_CLAIMS: {
    status: 401,
    message: 'The token’s claim {claim} is missing or not usable.',
    hint: 'Have provider {provider} put it into access tokens; identity.oidc[].claims says which claim holds what.',
  },
  TW_AUTH_NOT_ACCESS_TOKEN: {
    status: 401,
    message: 'The token is not an access token.',
    hint: 'An ID, refresh or logout token proves nothing here: send the access token.',
  },
  TW_AUTH_BOUND: {
    status: 401,
    message: 'The token is bound to a key of its client (DPoP or mutual TLS) which was not proven here.',
    hint: 'Send it over TLS with the client certificate it is bound to, or ask the provider for an unbound token.',
  },
  TW_AUTH_CERTIFICATE_UNKNOWN: {
    status: 403,
    message: 'The client certificate is nobody’s here.',
    hint: 'An admin lists one of its names under identity.users[].certificates of exactly one user.',
  },
  TW_AUTH_PROVIDER_DOWN: {
    status: 503,
    message: 'Provider {provider} does not answer and its keys are not known here.',
    hint: 'Try again shortly; check that this machine reaches the provider’s discovery document and JWKS.',
  },
  TW_AUTH_USER_TAKEN: {
    status: 403,
    message: 'The token names a user who is configured as somebody else.',
    hint: 'An admin sets identity.users[].subject to this person’s `<issuer>#<sub>`, if they are the same.',
  },
  TW_AUTH_USER_UNKNOWN: {
    status: 403,
    message: 'No such user is configured.',
    hint: 'Tracewarden tokens are for users listed under identity.users; check the id.',
  },
  TW_AUTH_TOKEN_UNKNOWN: {
    status: 401,
    message: 'The Tracewarden token is not known.',
    hint: 'Make a new one with `tracewarden token create`.',
  },
  TW_AUTH_S3_KEY: {
    status: 403,
    message: 'The access key id is not known here.',
    hint: 'Make an access key with `tracewarden token create --s3`.',
  },
  TW_AUTH_TOKEN_ALTERED: {
    status: 401,
    message: 'The record of this credential in the store is not signed by a trusted key.',
    hint: 'Make a new token, and find out who writes to the store; replicas need each other’s .pub files.',
  },
  TW_AUTH_REVOKED: {
    status: 401,
    message: 'The credential was revoked.',
    hint: 'Make a new token or sign in again, if you still may.',
  },
  TW_AUTH_TTL: {
    status: 400,
    message: 'A token’s life must be between one second and {max} ms.',
    hint: 'Ask for a shorter one, or raise identity.tokens.max_ttl.',
  },
  TW_AUTH_INPUT: {
    status: 400,
    message: 'The {field} is missing or too long.',
    hint: 'Give one to 500 characters.',
  },
  TW_AUTH_PROVIDER_UNKNOWN: {
    status: 404,
    message: 'There is no such provider to sign in with.',
    hint: 'Choose one on the sign-in page; an admin adds them under identity.oidc[].sign_in and identity.saml.',
  },
  TW_AUTH_SIGN_IN_STATE: {
    status: 400,
    message:
      'This sign-in was not begun in this browser, was begun again since, or took longer than ten minutes.',
    hint: 'Begin again on the sign-in page; if this goes on, the browser does not keep this page’s cookies.',
  },
  TW_AUTH_SIGN_IN_REFUSED: {
    status: 403,
    message: 'Provider {provider} did not sign you in: {reason}.',
    hint: 'Try again; if it goes on, ask whoever runs the provider whether you may use this client.',
  },
  TW_AUTH_SIGN_IN_FAILED: {
    status: 502,
    message: 'The sign-in with provider {provider} could not be completed.',
    hint: 'Try again; this process’s log says what the provider answered.',
  },
  TW_AUTH_ID_TOKEN: {
    status: 401,
    message: 'The ID token of provider {provider} is not valid: {problem}.',
    hint: 'Try again; if it goes on, compare clocks, and the client and algorithms in identity.oidc.',
  },
  TW_AUTH_NOT_FRESH: {
    status: 401,
    message: 'Provider {provider} did not ask you to sign in anew, or does not say when you did.',
    hint: 'Have the provider honour prompt=login and max_age and send auth_time (SAML: ForceAuthn, AuthnInstant).',
  },
  TW_AUTH_SAML_INVALID: {
    status: 401,
    message: 'The SAML response of provider {provider} is not accepted: {problem}.',
    hint: 'Begin again on the sign-in page; if it goes on, compare identity.saml with the provider’s settings.',
  },
  TW_AUTH_SAML_REPLAY: {
    status: 401,
    message: 'This SAML assertion was used before.',
    hint: 'Begin again on the sign-in page. If you did not go back in the browser, somebody has a copy of it.',
  },
  TW_AUTH_DEVICE_NONE: {
    status: 502,
    message: 'Provider {provider} has no device authorization endpoint.',
    hint: 'Switch the device flow on at the provider, for the client of identity.oidc[].device.',
  },
  TW_AUTH_DEVICE_EXPIRED: {
    status: 403,
    message: 'The code was not entered in time.',
    hint: 'Run `tracewarden login` again.',
  },
  TW_AUTH_DEVICE_TOKEN: {
    status: 502,
    message: 'Provider {provider} gave an access token that is no JWT with a subject.',
    hint: 'Have it issue JWT access tokens for Tracewarden’s audience; some need identity.oidc[].device.parameters.',
  },
  TW_AUTH_COOKIE: {
    status: 401,
    message: 'The session cookie is not valid.',
    hint: 'Sign in again.',
  },
  TW_AUTH_SUSPENDED: {
    status: 403,
    message: 'This user is suspended.',
    hint: 'Speak to your security team; they can restore you on the console.',
  },
  TW_AUTH_STORE_DOWN: {
    status: 503,
    message: 'The credential cannot be checked: the store does not answer.',
    hint: 'Try again shortly; see /readyz.',
  },
  TW_AUTH_STALE: {
    status: 503,
    message: 'The store has not answered for {seconds} s, so it is unknown who is suspended or revoked.',
    hint: 'Nothing is released until it answers again; see /readyz.',
  },
} as const satisfies ErrorTable

export const fail = errorsOf(identityErrors)
