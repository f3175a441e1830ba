import { createServer, type RequestListener } from 'node:http'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import Provider, { type Configuration } from 'oidc-provider'
import type { Test } from 'tap'

export const AUDIENCE = 'urn:tracewarden'

export async function signingKey(kid: string, alg = 'RS256'): Promise<JWK & { kty: string }> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(privateKey)), kty: alg === 'RS256' ? 'RSA' : 'EC', kid, alg, use: 'sig' }
}

/** A real OpenID provider on loopback; `restart` gives it other keys on the same address. */
export async function startProvider(t: Test, first: JWK[]) {
  let handler: RequestListener = (_, response) => response.writeHead(503).end()
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(request.url ?? '')
    handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const issuer = `http://127.0.0.1:${address.port}`
  const restart = (keys: JWK[]) => {
    handler = new Provider(issuer, configuration(keys)).callback()
  }
  restart(first)
  const token = async (client = 'mlflow-cli') => {
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client}:${SECRET}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE, scope: 'traces' }),
    })
    const body: unknown = await response.json()
    if (typeof body !== 'object' || body === null || !('access_token' in body)) throw new Error('no token')
    return String(body.access_token)
  }
  return {
    issuer,
    seen,
    token,
    restart,
    /** Answers 503 to everything, as a provider behind a broken balancer. */
    outage: () => {
      handler = (_, response) => response.writeHead(503).end()
    },
    answer: (next: RequestListener) => {
      handler = next
    },
  }
}

const SECRET = 'not-a-secret-'.repeat(3)

const client = (client_id: string) => ({
  client_id,
  client_secret: SECRET,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
})

const configuration = (keys: JWK[]): Configuration => ({
  jwks: { keys },
  cookies: { keys: ['test'] },
  clients: [client('mlflow-cli'), client('stranger')],
  scopes: ['traces'],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: 'traces',
        audience: AUDIENCE,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
})
