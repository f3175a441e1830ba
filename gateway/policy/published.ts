import { createHash } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import type { CanaryConfig } from '../config/canaries.ts'
import type { ConnectionConfig, GatewayConfig } from '../config.ts'

/**
 * What of the config is policy and may be published: the gateway's slices without credentials for the backends and
 * without what may differ between replicas (addresses, certificates).
 */
export function published(config: GatewayConfig) {
  const { identity, connections, masking, policy, approvals, recording } = config
  return {
    identity: {
      ...identity,
      oidc: identity.oidc.map(withoutSecret),
      saml: identity.saml.map(({ key: _, decryption_key: __, ...rest }) => rest),
    },
    connections: connections.map(publishedConnection),
    masking,
    policy: { ...policy, canaries: policy.canaries.map(unnamed) },
    approvals,
    recording,
  }
}

/** Who reads what is published must not learn which traces are decoys. */
const unnamed = ({ name, connections, traces, collections, plant }: CanaryConfig) => ({
  name,
  connections,
  decoys: createHash('sha256')
    .update(canonical({ traces, collections, ...(plant ? { plant } : {}) }))
    .digest('hex'),
})

function withoutSecret(provider: GatewayConfig['identity']['oidc'][number]) {
  if (!provider.sign_in) return provider
  const { secret: _, ...sign_in } = provider.sign_in
  return { ...provider, sign_in }
}

function publishedConnection(connection: ConnectionConfig) {
  const { listen: _, tls: __, ...rest } = connection
  if (rest.protocol === 'postgres') {
    const { password: _password, ...where } = rest.backend
    return { ...rest, backend: where }
  }
  const backend = withoutUserinfo(rest.backend)
  if (rest.protocol === 'http') return { ...rest, backend, headers: Object.keys(rest.headers).sort() }
  const { access_key_id: _id, secret_access_key: _key, ...open } = rest
  return { ...open, backend }
}

function withoutUserinfo(url: string): string {
  const parsed = new URL(url)
  parsed.username = ''
  parsed.password = ''
  return parsed.href
}

const NAMED = /secret|token|passw|authorization|api[-_]?key|private|credential/i
/** Long, unbroken, letters and digits mixed: nothing an admin writes by hand into a policy. */
const OPAQUE = /(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[A-Za-z0-9+/_=-]{24,}/

export const looksSecret = (path: string, value: unknown): boolean =>
  typeof value === 'string' && (NAMED.test(path) || OPAQUE.test(value))
