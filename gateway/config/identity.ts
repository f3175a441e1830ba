import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { name } from './text.ts'

/** Who is asking. */
export const identityConfig = z
  .strictObject({
    oidc: field(
      z
        .array(
          z.strictObject({
            name: field(name, 'Name', 'How events and pages call this provider.', 'keycloak'),
            issuer: field(
              z.url(),
              'Issuer',
              'Must equal `iss`; discovery is read from it.',
              'https://id.example/realms/corp',
            ),
            audience: field(
              z.union([z.string(), z.array(z.string()).min(1)]),
              'Audience',
              'One of these must be in `aud`.',
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
            skew: field(duration().prefault('1m'), 'Clock skew', 'Tolerance for exp, nbf and iat.', '60s'),
            algorithms: field(
              z
                .array(
                  z.enum([
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
                  ]),
                )
                .default(['RS256', 'PS256', 'ES256', 'EdDSA']),
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
                  timezone: z.string().default('zoneinfo'),
                })
                .prefault({}),
              'Claims',
              'Which claim holds what.',
              { user: 'preferred_username' },
            ),
          }),
        )
        .default([]),
      'OIDC providers',
      'Whose bearer access tokens are accepted.',
    ),
    tokens: field(
      z
        .strictObject({
          max_ttl: field(
            duration().prefault('30d'),
            'Longest life',
            'Of a token made with `token create`.',
            '30d',
          ),
        })
        .prefault({}),
      'Tokens',
      'Tracewarden’s own tokens, for tools that cannot do OIDC.',
    ),
    session: field(
      z
        .strictObject({
          ttl: field(duration().prefault('8h'), 'Life', 'Of a browser sign-in.', '8h'),
          fresh: field(
            duration().prefault('15m'),
            'Fresh',
            'How recent a sign-in must be to decide high-risk approvals.',
            '15m',
          ),
        })
        .prefault({}),
      'Browser sessions',
      'The sign-in page turns a token into a cookie.',
    ),
    roles: field(
      z.record(z.string(), z.array(z.string())).default({}),
      'Groups to roles',
      'Provider group → Tracewarden roles.',
      { 'ml-platform': ['ml-engineer'] },
    ),
    users: field(
      z
        .array(
          z.strictObject({
            id: field(name, 'Id', '`user.id` in events; what `token create --user` takes.', 'u00042'),
            subject: field(
              z.string().optional(),
              'Subject',
              '`<issuer>#<sub>` at the provider; without it the user has only Tracewarden tokens.',
              'https://id.example/realms/corp#f3c1',
            ),
            email: z.email().optional(),
            name: z.string().optional(),
            roles: z.array(z.string()).default([]),
            team: z.string().optional(),
            timezone: field(
              z.string().optional(),
              'Time zone',
              'IANA name; the hours of the week are this user’s.',
              'Europe/Berlin',
            ),
            kind: z.enum(['human', 'service']).default('human'),
            owner: field(
              name.optional(),
              'Owner',
              'Who answers for a service account and shares its budget.',
              'u00042',
            ),
          }),
        )
        .default([]),
      'Users',
      'What the provider does not say about people, and service accounts.',
    ),
    unauthenticated: field(
      z.strictObject({ events_per_minute: z.number().int().positive().default(30) }).prefault({}),
      'Unauthenticated',
      'Requests without identity are aggregated into at most this many events, so they cannot fill the spool.',
    ),
  })
  .prefault({})

export type IdentityConfig = z.infer<typeof identityConfig>
