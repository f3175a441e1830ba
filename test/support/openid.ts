import { createServer, type RequestListener } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type Configuration } from 'oidc-provider'
import type { Test } from 'tap'

export const AUDIENCE = 'urn:tracewarden'
export const SECRET = 'not-a-secret-'.repeat(3)

export interface Person {
  groups?: readonly string[]
  email?: string
  zoneinfo?: string
}

/**
 * A real OpenID provider on loopback, with a web client and a device client. It listens before it serves, because its
 * clients' redirect addresses are known only once those listen, who must know its issuer first.
 */
export async function startOpenId(t: Test, people: Readonly<Record<string, Person>>) {
  let handler: RequestListener = (_, response) => response.writeHead(503).end()
  const server = createServer((request, response) => handler(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const issuer = `http://127.0.0.1:${address.port}`
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), kty: 'RSA', kid: 'one', alg: 'RS256', use: 'sig' }
  return {
    issuer,
    key: privateKey,
    /** Begins to serve. Addresses are whole URLs. */
    serve(addresses: { callbacks: string[]; afterLogout: string[] }, more: Partial<Configuration> = {}) {
      handler = new Provider(issuer, { ...configuration(key, people, addresses), ...more }).callback()
    },
    /** Everything is answered by this instead, as a provider that misbehaves. */
    answer(next: RequestListener) {
      const before = handler
      handler = next
      return () => {
        handler = before
      }
    },
  }
}

function configuration(
  key: object & { kty: string },
  people: Readonly<Record<string, Person>>,
  { callbacks, afterLogout }: { callbacks: string[]; afterLogout: string[] },
): Configuration {
  return {
    jwks: { keys: [key] },
    cookies: { keys: ['test'] },
    clients: [
      {
        client_id: 'web',
        client_secret: SECRET,
        redirect_uris: callbacks,
        post_logout_redirect_uris: afterLogout,
        grant_types: ['authorization_code'],
      },
      {
        client_id: 'cli',
        token_endpoint_auth_method: 'none',
        redirect_uris: [],
        response_types: [],
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      },
    ],
    scopes: ['openid', 'offline_access', 'traces'],
    claims: { openid: ['sub', 'groups', 'email', 'zoneinfo'] },
    pkce: { required: () => true },
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, ...people[id], groups: [...(people[id]?.groups ?? [])] }),
    }),
    ttl: { AccessToken: 600, IdToken: 300, Session: 3600, Interaction: 600, Grant: 3600, DeviceCode: 600 },
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        // Only the command line's tokens are for Tracewarden: the web client's open userinfo.
        defaultResource: (_ctx, client) => (client?.clientId === 'cli' ? AUDIENCE : []),
        useGrantedResource: (_ctx, model) => model.clientId === 'cli',
        getResourceServerInfo: () => ({
          scope: 'openid offline_access traces',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  }
}
