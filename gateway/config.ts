import { z } from 'zod'
import { field } from '../core/field.ts'
import { duration, size } from '../core/units.ts'

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'expected a name of letters, digits, `_`, `.`, `-`, at most 64')
const listen = z
  .string()
  .regex(/^(\[[0-9a-f:.]+\]|[^\s:]+):\d{1,5}$/i, 'expected host:port, e.g. 127.0.0.1:7410')
const cel = z.string().min(1)
const glob = z.string().min(1)

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

const routeShape = z.strictObject({
  trace_id: z.array(glob).default([]),
  time: z.array(glob).default([]),
  time_unit: z.enum(['s', 'ms', 'us', 'ns']).optional(),
  record: z.array(glob).default([]),
  structural: z.array(glob).default([]),
})

export const connectionConfig = z.strictObject({
  name: field(name, 'Name', 'How events, rules and approvals call it.', 'mlflow'),
  protocol: field(z.enum(['http']).default('http'), 'Protocol', 'The door.', 'http'),
  profile: field(z.enum(['mlflow', 'phoenix', 'json']), 'Profile', 'How the backend speaks.', 'mlflow'),
  listen: field(listen, 'Listen', 'host:port of this door.', '127.0.0.1:7410'),
  backend: field(z.url(), 'Backend', 'Base URL of the trace store.', 'http://10.0.0.5:5000'),
  headers: field(
    z.record(z.string(), z.string()).default({}),
    'Headers',
    'The gateway’s own credential for the backend.',
    { authorization: 'Bearer ${env:PHOENIX_KEY}' },
  ),
  mode: field(
    z.enum(['enforce', 'observe']).default('enforce'),
    'Mode',
    '`observe` decides, records and alerts, but lets pass.',
    'observe',
  ),
  unknown_routes: field(
    z.enum(['refuse', 'pass']).default('refuse'),
    'Unknown routes',
    'Routes the profile does not know.',
    'refuse',
  ),
  hold: field(
    duration().optional(),
    'Hold',
    'How long a held request waits for a decision; by default what the profile’s clients endure.',
    '25s',
  ),
  timeout: field(
    duration().prefault('1m'),
    'Timeout',
    'For the backend’s first byte and between bytes.',
    '60s',
  ),
  idle: field(duration().prefault('15m'), 'Idle', 'After which a session ends.', '15m'),
  max_body: field(size().prefault('16MiB'), 'Largest request', 'Larger request bodies are refused.', '16MiB'),
  tls: field(
    z.strictObject({ cert: z.string(), key: z.string() }).optional(),
    'TLS',
    'PEM files for the door.',
    { cert: './tls.crt', key: './tls.key' },
  ),
  routes: field(
    z
      .array(
        z.strictObject({
          method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']).default('GET'),
          path: field(z.string().startsWith('/'), 'Path', '`:name` is one segment.', '/traces/:id'),
          action: z.enum(['read', 'search', 'export', 'write', 'admin', 'asset']),
          collection: field(
            z.string().optional(),
            'Collection',
            'Fixed text, or `:name`, `?name` from path or query.',
            ':project',
          ),
          trace_id: field(z.string().optional(), 'Trace id', '`:name` or `?name`.', ':id'),
          limit: field(z.string().optional(), 'Limit', '`?name` of the page size.', '?limit'),
          filters: field(
            z.array(z.string()).default([]),
            'Filters',
            'Query parameters or body fields that test or sort by a field: `?name` → that field.',
            ['?q'],
          ),
          response: routeShape.prefault({}),
        }),
      )
      .default([]),
    'Routes',
    'Of the `json` profile.',
  ),
})

const transform = z.enum(['redact', 'keep-last-4', 'hash', 'null'])

export const maskingConfig = z
  .strictObject({
    fields: field(
      z
        .array(
          z.strictObject({
            name: field(name, 'Name', 'What events list under fields.masked.', 'customer_id'),
            paths: field(
              z.array(glob).min(1),
              'Paths',
              'Globs: `*` one segment, `**` any number; case-insensitive.',
              ['**.customer_id'],
            ),
            transform: field(transform.default('redact'), 'Transform', 'How it is hidden.', 'hash'),
            hidden: field(
              z.boolean().default(true),
              'Hidden',
              '`false`: shown, but counted as sensitive when displayed.',
              false,
            ),
            high_risk: field(z.boolean().default(false), 'High-risk', 'Showing it needs approval.', true),
          }),
        )
        .default([]),
      'Fields',
      'Values hidden by where they stand.',
    ),
    content: field(
      z
        .strictObject({
          disable: field(
            z.array(z.string()).default([]),
            'Disable',
            'Built-in rules not wanted, by name (see docs/content-rules.md).',
            ['us-ssn'],
          ),
          transform: field(
            z.record(z.string(), transform).default({}),
            'Transforms',
            'Built-in rule → transform, instead of its own.',
            { email: 'hash' },
          ),
          custom: field(
            z
              .array(
                z.strictObject({
                  name,
                  keywords: field(
                    z.array(z.string().min(2)).default([]),
                    'Keywords',
                    'The pattern is tried only where one of these stands (case-insensitive).',
                    ['ACME-'],
                  ),
                  pattern: field(
                    z.string().min(1),
                    'Pattern',
                    'A JavaScript regular expression; refused if it can backtrack badly.',
                    'ACME-[0-9]{8}',
                  ),
                  transform: transform.default('redact'),
                  high_risk: z.boolean().default(false),
                }),
              )
              .default([]),
            'Custom rules',
            'Your own kinds of secret.',
          ),
        })
        .prefault({}),
      'Content rules',
      'Values hidden by what they look like, anywhere in any text.',
    ),
    max_string: field(size().prefault('8MiB'), 'Longest string', 'A longer one is withheld whole.', '8MiB'),
    structural: field(
      z.array(glob).default([]),
      'Structural',
      'Paths that are never content (beyond the profile’s own): may be filtered and sorted on.',
      ['metadata.model'],
    ),
  })
  .prefault({})

export const policyConfig = z
  .strictObject({
    rules: field(
      z
        .array(
          z.strictObject({
            name,
            description: z.string().optional(),
            connections: field(z.array(name).optional(), 'Connections', 'Only on these; all by default.', [
              'mlflow',
            ]),
            when: field(
              cel,
              'When',
              'A CEL condition over request, response, user, window.',
              'request.action == "read" && response.traces > 1',
            ),
            effect: field(
              z.enum(['allow', 'approval', 'block']),
              'Effect',
              'The strictest effect of the rules that match wins.',
              'approval',
            ),
            reveal: field(
              z.array(name).default([]),
              'Reveal',
              'Masking fields shown in clear when this rule matches.',
              ['customer_id'],
            ),
            reviewers: field(z.array(name).default([]), 'Reviewers', 'Groups asked, for approvals.', [
              'trace-owners',
            ]),
            reason: field(
              z.string().optional(),
              'Reason',
              'Told to the person refused or asked to wait.',
              'Ask your team lead.',
            ),
          }),
        )
        .default([]),
      'Rules',
      'Added to the built-in ones, which `builtin` switches.',
    ),
    builtin: field(
      z
        .strictObject({
          approve_multiple: field(
            z.boolean().default(true),
            'Many traces',
            'More than one trace needs approval.',
            true,
          ),
          approve_high_risk: field(
            z.boolean().default(true),
            'High-risk fields',
            'Showing a high-risk field needs approval.',
            true,
          ),
          block_export: field(z.boolean().default(true), 'Exports', 'Export routes are refused.', true),
          block_admin: field(
            z.boolean().default(true),
            'Admin routes',
            'Admin routes of the backend are refused.',
            true,
          ),
          block_write: field(z.boolean().default(false), 'Writes', 'Write routes are refused.', false),
          block_hidden_predicates: field(
            z.boolean().default(true),
            'Hidden filters',
            'Filters and sorts on content or hidden fields are refused.',
            true,
          ),
        })
        .prefault({}),
      'Built-in rules',
      'Each a sentence of DESIGN.md; switching one off is recorded.',
    ),
    limits: field(
      z
        .strictObject({
          max_traces: field(
            z.number().int().positive().default(500),
            'One request',
            'More distinct traces than this in one response are refused even with approval.',
            500,
          ),
          window: field(
            duration().prefault('1h'),
            'Window',
            'Sliding, per person, over all connections.',
            '1h',
          ),
          window_approval: field(
            z.number().int().positive().default(60),
            'Window: approval',
            'More distinct traces than this in the window need approval.',
            60,
          ),
          window_block: field(
            z.number().int().positive().default(600),
            'Window: block',
            'More than this in the window are refused.',
            600,
          ),
          trace_records: field(
            z.number().int().positive().default(5000),
            'Records',
            'A trace counts once per this many records.',
            5000,
          ),
          trace_bytes: field(
            size().prefault('32MiB'),
            'Bytes',
            'A trace counts once per this many bytes.',
            '32MiB',
          ),
        })
        .prefault({}),
      'Limits',
      'Many small reads count as one large one.',
    ),
    admins: field(z.array(name).default(['admin']), 'Admin roles', 'Roles that may change policy.', [
      'admin',
    ]),
    auditors: field(
      z.array(name).default(['auditor', 'soc']),
      'Replay roles',
      'Roles that may open recordings and triage alerts.',
      ['soc'],
    ),
  })
  .prefault({})

export const approvalsConfig = z
  .strictObject({
    groups: field(
      z
        .array(
          z.strictObject({
            name,
            members: field(z.array(name).default([]), 'Members', 'User ids.', ['u00007']),
            roles: field(z.array(name).default([]), 'Roles', 'Everyone with one of these roles.', [
              'trace-owner',
            ]),
            channel: field(
              z.string().optional(),
              'Slack channel',
              'Where this group is asked.',
              '#trace-approvals',
            ),
            collections: field(
              z.array(z.string()).default([]),
              'Collections',
              'If given, asked only about these (`connection/collection`, `*` at the end).',
              ['mlflow/1'],
            ),
          }),
        )
        .default([]),
      'Reviewer groups',
      'Who is asked.',
    ),
    minimum: field(z.number().int().positive().default(1), 'Minimum approvals', 'Of different persons.', 1),
    default_groups: field(z.array(name).default([]), 'Default groups', 'Asked where a rule names none.', [
      'trace-owners',
    ]),
    expire: field(duration().prefault('30m'), 'Expiry', 'An undecided request expires after this.', '30m'),
    grant: field(
      duration().prefault('15m'),
      'Grant life',
      'How long an approval may be used, unless the reviewer says otherwise.',
      '15m',
    ),
    max_grant: field(duration().prefault('8h'), 'Longest grant', 'The most a reviewer may give.', '8h'),
    per_person: field(
      z.number().int().positive().default(20),
      'Pending',
      'Most undecided requests of one person.',
      20,
    ),
  })
  .prefault({})

export const recordingConfig = z
  .strictObject({
    enabled: field(z.boolean().default(true), 'Recording', 'Keep what clients saw, encrypted.', true),
    max_session: field(
      size().prefault('256MiB'),
      'Largest session',
      'Beyond it the session is ended, and the next one begins a new recording.',
      '256MiB',
    ),
  })
  .prefault({})

export type IdentityConfig = z.infer<typeof identityConfig>
export type ConnectionConfig = z.infer<typeof connectionConfig>
export type MaskingConfig = z.infer<typeof maskingConfig>
export type PolicyConfig = z.infer<typeof policyConfig>
export type ApprovalsConfig = z.infer<typeof approvalsConfig>
export type RecordingConfig = z.infer<typeof recordingConfig>

/** The gateway's slice of the frozen config snapshot. */
export interface GatewayConfig {
  identity: IdentityConfig
  connections: readonly ConnectionConfig[]
  masking: MaskingConfig
  policy: PolicyConfig
  approvals: ApprovalsConfig
  recording: RecordingConfig
}
