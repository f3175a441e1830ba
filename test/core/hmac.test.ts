import { createHmac, createSecretKey } from 'node:crypto'
import t from 'tap'
import { hmacSha256 } from '../../core/hmac.ts'
import fc from '../support/properties.ts'

t.test('the fast HMAC is the HMAC, whatever the lengths and whatever came before', async () => {
  const bytes = fc.uint8Array({ maxLength: 3000 })
  const text = fc.string({ unit: 'binary', maxLength: 2000 })
  const cases = fc.array(fc.tuple(text, bytes, fc.constantFrom('hex' as const, 'base64url' as const)))
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), cases, (secret, asked) => {
      const key = createSecretKey(secret)
      const mac = hmacSha256(key)
      return asked.every(
        ([text, bytes, encoding]) =>
          mac(text, bytes, encoding) ===
          createHmac('sha256', key).update(text).update(bytes).digest(encoding),
      )
    }),
  )
})

t.test('a text of megabytes is hashed right, and so is what follows it', async (t) => {
  const key = createSecretKey(Buffer.alloc(32, 5))
  const mac = hmacSha256(key)
  const plain = (text: string) => createHmac('sha256', key).update(text).digest('hex')
  for (const asked of ['x', 'é'.repeat(1_500_000), 'y']) t.equal(mac(asked), plain(asked))
})
