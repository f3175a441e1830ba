import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/** An OIDC provider that signs whatever it is told. */
export interface Provider {
  issuer: string
  jwks: string
  /** A token as its clients get them, with what is to be different. `undefined` takes a claim out. */
  token(claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>
  /** Signed by a key that nobody published. */
  forged(claims?: JWTPayload): Promise<string>
  close(): Promise<void>
}

export async function startProvider(): Promise<Provider> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const stranger = await generateKeyPair('RS256')
  const key = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }
  const server = createServer((_req, res) =>
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [key] })),
  )
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const claimsOf = (claims: JWTPayload): JWTPayload => {
    const now = Math.floor(Date.now() / 1000)
    const all = {
      iss: issuer,
      sub: 'colleague',
      aud: 'tracewarden',
      azp: 'mlflow-cli',
      iat: now,
      exp: now + 600,
      ...claims,
    }
    return JSON.parse(JSON.stringify(all))
  }
  return {
    issuer,
    jwks: `${issuer}/jwks`,
    token: (claims = {}, header = {}) =>
      new SignJWT(claimsOf(claims))
        .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'at+jwt', ...header })
        .sign(privateKey),
    forged: (claims = {}) =>
      new SignJWT(claimsOf(claims))
        .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'at+jwt' })
        .sign(stranger.privateKey),
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}
