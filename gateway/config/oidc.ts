import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { name } from './text.ts'

const algorithm = z.enum([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
])

/** How the button of a provider is labelled. */
export const title = field(z.string().min(1).max(60).optional(), 'Title', 'On the sign-in page.', 'Keycloak')

const parameters = field(
  z.record(z.string(), z.string()).default({}),
  'Parameters',
  'Sent along, as some providers need `audience` or `resource` for access tokens.',
  { resource: 'https://tracewarden.example' },
)

/** A provider that speaks OpenID Connect. */
export const oidcProvider = z.strictObject({
  name: field(name, 'Name', 'How events and pages call this provider.', 'keycloak'),
  title,
  issuer: field(
    z.url(),
    'Issuer',
    'Must equal `iss`; discovery is read from it.',
    'https://id.example/realms/corp',
  ),
  audience: field(
    z.union([z.string(), z.array(z.string()).min(1)]),
    'Audience',
    'One of these must be in `aud` of access tokens.',
    'tracewarden',
  ),
  clients: field(
    z.array(z.string()).optional(),
    'Clients',
    'If given, `azp` or `client_id` must be one of these.',
    ['mlflow-cli'],
  ),
  jwks: field(
    z.url().optional(),
    'JWKS',
    'Where the keys are, if not where discovery says.',
    'https://id.example/jwks',
  ),
  skew: field(duration().prefault('1m'), 'Clock skew', 'Tolerance for exp, nbf, iat and auth_time.', '60s'),
  algorithms: field(
    z.array(algorithm).default(['RS256', 'PS256', 'ES256', 'EdDSA']),
    'Algorithms',
    'Signature algorithms accepted.',
    ['RS256'],
  ),
  claims: field(
    z
      .strictObject({
        user: z.string().default('sub'),
        email: z.string().default('email'),
        name: z.string().default('name'),
        groups: z.string().default('groups'),
        team: z.string().optional(),
        timezone: z.string().default('zoneinfo'),
      })
      .prefault({}),
    'Claims',
    'Which claim holds what.',
    { user: 'preferred_username' },
  ),
  sign_in: field(
    z
      .strictObject({
        client: field(z.string().min(1), 'Client', 'Client id of the web pages.', 'tracewarden-web'),
        secret: field(
          z.string().min(1).optional(),
          'Secret',
          'Of a confidential client.',
          '${env:OIDC_SECRET}',
        ),
        secret_sent: field(
          z.enum(['basic', 'post']).default('basic'),
          'Secret sent',
          'In the authorization header or in the form.',
          'basic',
        ),
        scopes: field(
          z
            .array(z.string().min(1))
            .default(['openid', 'profile', 'email'])
            .refine((scopes) => scopes.includes('openid'), 'must hold openid'),
          'Scopes',
          'Asked for.',
          ['openid', 'profile', 'email', 'groups'],
        ),
        parameters,
      })
      .optional(),
    'Sign-in',
    'The authorization code flow with PKCE, for the console and the pages behind http doors.',
  ),
  device: field(
    z
      .strictObject({
        client: field(
          z.string().min(1),
          'Client',
          'A public client with the device flow.',
          'tracewarden-cli',
        ),
        scopes: field(
          z.array(z.string().min(1)).default(['openid', 'offline_access']),
          'Scopes',
          'Asked for; offline_access gives a refresh token that outlives the browser session.',
          ['openid'],
        ),
        parameters,
      })
      .optional(),
    'Device flow',
    'What `tracewarden login` uses. Its client must be among `clients`, if those are given.',
  ),
})

export type OidcProviderConfig = z.infer<typeof oidcProvider>
