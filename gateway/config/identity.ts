import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { oidcProvider } from './oidc.ts'
import { samlProvider } from './saml.ts'
import { name } from './text.ts'

/** Who is asking. */
export const identityConfig = z
  .strictObject({
    oidc: field(
      z.array(oidcProvider).default([]),
      'OIDC providers',
      'Whose access tokens are accepted, and where people sign in.',
    ),
    saml: field(
      z.array(samlProvider).default([]),
      'SAML providers',
      'Where people sign in on pages; clients use tokens of a provider under oidc, or Tracewarden’s own.',
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
      'What a sign-in leaves in the browser.',
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
              z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
              'Subject',
              '`<issuer>#<sub>` (SAML: `saml:<entity id>#<NameID>`) at the provider; several are one person, known by the first. Without it the user has only Tracewarden tokens.',
              'https://id.example/realms/corp#f3c1',
            ),
            certificates: field(
              z
                .array(
                  z
                    .string()
                    .regex(
                      /^(sha256:[0-9a-f]{64}|(email|dns|uri|subject):.+)$/,
                      'expected subject:…, email:…, dns:…, uri:… or sha256: and 64 hex digits',
                    ),
                )
                .default([]),
              'Certificates',
              'Client certificates of this user: subject in RFC 4514 order as in the certificate, a subject alternative name, or the SHA-256 of the certificate.',
              ['email:ada@example.com'],
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
