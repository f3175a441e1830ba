import { createPrivateKey, createPublicKey } from 'node:crypto'
import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { title } from './oidc.ts'
import { name } from './text.ts'

const parses = (read: (pem: string) => unknown) => (pem: string) => {
  try {
    read(pem)
    return true
  } catch {
    return false
  }
}
const certificate = z
  .string()
  .refine(parses(createPublicKey), 'expected a certificate or public key in PEM, e.g. ${file:./idp.pem}')

/** A provider that speaks SAML 2.0. */
export const samlProvider = z.strictObject({
  name: field(name, 'Name', 'How events and pages call this provider.', 'adfs'),
  title,
  entity_id: field(
    z.string().min(1),
    'Entity id',
    'Of the identity provider: `Issuer` of its assertions, and the issuer of its people.',
    'https://id.example/realms/corp',
  ),
  sso: field(
    z.url({ protocol: /^https?$/ }),
    'Single sign-on',
    'Where requests go, by HTTP-Redirect.',
    'https://id.example/realms/corp/protocol/saml',
  ),
  certificates: field(
    z.array(certificate).min(1),
    'Certificates',
    'One of these must have signed each assertion; two while the provider changes its key.',
    ['${file:./idp.pem}'],
  ),
  sp_entity_id: field(
    z.string().min(1).default('tracewarden'),
    'Our entity id',
    'What the provider calls Tracewarden; assertions must be for this audience.',
    'tracewarden',
  ),
  key: field(
    z
      .string()
      .refine(parses(createPrivateKey), 'expected a private key in PEM, e.g. ${file:./saml.key}')
      .optional(),
    'Signing key',
    'Signs our requests, where the provider asks for it.',
    '${file:./saml.key}',
  ),
  certificate: field(
    certificate.optional(),
    'Certificate',
    'Of the signing key, for our metadata.',
    '${file:./saml.pem}',
  ),
  decryption_key: field(
    z
      .string()
      .refine(parses(createPrivateKey), 'expected a private key in PEM, e.g. ${file:./saml-decrypt.key}')
      .optional(),
    'Decryption key',
    'Opens encrypted assertions (AES-GCM under RSA-OAEP); without it they are refused.',
    '${file:./saml-decrypt.key}',
  ),
  decryption_certificate: field(
    certificate.optional(),
    'Decryption certificate',
    'What the provider encrypts for, in our metadata.',
    '${file:./saml-decrypt.pem}',
  ),
  name_id: field(
    z.string().default('urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'),
    'NameID format',
    'Asked for. A transient NameID names nobody and is refused.',
    'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
  ),
  skew: field(duration().prefault('1m'), 'Clock skew', 'Tolerance for the times of assertions.', '60s'),
  attributes: field(
    z
      .strictObject({
        user: z.string().optional(),
        email: z.string().default('email'),
        name: z.string().default('name'),
        groups: z.string().default('groups'),
        team: z.string().optional(),
        timezone: z.string().default('zoneinfo'),
      })
      .prefault({}),
    'Attributes',
    'Which attribute holds what; without `user` the NameID is the name.',
    { groups: 'Role' },
  ),
})

export type SamlProviderConfig = z.infer<typeof samlProvider>
