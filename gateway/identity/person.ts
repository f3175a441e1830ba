/**
 * A person is issuer plus subject, never an e-mail alone; windows, baselines and approvals follow the person through
 * every door, credential and connection.
 */
export interface Person {
  /** `<issuer>#<subject>`: unique and stable. */
  id: string
  /** What people and events call this person (`user.id`), from config or the subject claim. */
  user: string
  email?: string
  name?: string
  roles: readonly string[]
  /** The peer group: a team name. */
  team?: string
  /** IANA name, from config or the identity provider, never from the client. */
  timezone?: string
  kind: 'human' | 'service'
  /** The person who answers for a service account. */
  owner?: string
}

/** A person as they came in: with which credential, on whose behalf. */
export interface Identity {
  person: Person
  credential: {
    /**
     * `tok_…` for Tracewarden tokens; `TWAK…` for access keys of the S3 door; `x5t:…` for client
     * certificates; for OIDC a keyed hash of issuer and `jti` or signature; `slack:<team>:<user>`
     * for a click in Slack by an enrolled user. Safe to record.
     */
    id: string
    kind: 'token' | 's3-key' | 'certificate' | 'oidc' | 'cookie' | 'slack'
    /** ms since epoch. */
    expires: number
    /** When the person last proved who they are (ms since epoch): high-risk approvals ask for a fresh one. */
    authenticated: number
  }
  /** The agent that acts for the person, if the credential says so (`act` claim). */
  actor?: string
}
