import { z } from 'zod'
import { field } from '../../core/field.ts'

/** TLS of a door whose clients may have certificates. */
export const doorTls = field(
  z
    .strictObject({
      cert: z.string(),
      key: z.string(),
      client_ca: field(
        z.string().optional(),
        'Client CA',
        'PEM file: certificates that it issued name people by identity.users[].certificates.',
        './clients-ca.crt',
      ),
      client: field(
        z.enum(['ask', 'require']).default('ask'),
        'Client certificate',
        '`require` lets nobody in without one, whatever else they present.',
        'require',
      ),
    })
    .optional(),
  'TLS',
  'PEM files for the door.',
  { cert: './tls.crt', key: './tls.key' },
)
