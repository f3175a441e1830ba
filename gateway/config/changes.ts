import { z } from 'zod'
import { field } from '../../core/field.ts'
import { name } from './text.ts'

/** Whose hand may change this file while it is in force. */
export const changesConfig = z
  .strictObject({
    owners: field(
      z.array(z.string().min(1)).default([]),
      'Owners',
      'The file must belong to one of these users of the system, and neither group nor others may write it or its directory. Empty: not looked at.',
      ['root'],
    ),
    signers: field(
      z
        .array(
          z.strictObject({
            user: field(name, 'User', 'An admin, as events know them.', 'i.castell'),
            key: field(z.string(), 'Key', 'Their Ed25519 public key, PEM.', '${file:keys/i.castell.pub}'),
          }),
        )
        .default([]),
      'Signers',
      'Admins whose signatures over the file count; `tracewarden sign` makes them.',
    ),
    signatures: field(
      z.number().int().min(0).max(5).default(0),
      'Signatures',
      'So many different signers must have signed a change: 2 asks for a second admin.',
      2,
    ),
  })
  .prefault({})

export type ChangesConfig = z.infer<typeof changesConfig>
