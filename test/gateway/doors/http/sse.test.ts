import { createSecretKey } from 'node:crypto'
import t from 'tap'
import { maskingConfig } from '../../../../gateway/config.ts'
import { createSseMasker } from '../../../../gateway/doors/http/bodies/sse-masker.ts'
import { compileMasking, planFor } from '../../../../gateway/masking/compile.ts'
import fc from '../../../support/properties.ts'
import { SECRET } from './house.ts'

const compiled = compileMasking(maskingConfig.parse({}))
const plan = planFor(
  compiled,
  { traceId: [], time: [], record: [], structural: [] },
  { hideContent: false, reveal: [], pseudonym: createSecretKey(Buffer.alloc(32)) },
)

function masked(chunks: readonly Uint8Array[]): string {
  const masker = createSseMasker(plan)
  const out = chunks.map((chunk) => Buffer.from(masker.push(chunk)))
  return Buffer.concat([...out, Buffer.from(masker.end())]).toString()
}

t.test('events are masked whole, wherever chunks and lines end', async (t) => {
  const stream =
    `: SECRET-in-a-comment\r\nevent: delta\r\nid: 7\r\ndata: {"key":\r\ndata: "${SECRET}"}\r\n\r\n` +
    `event: SECRET spaces\ndata: plain ${SECRET}\n\nretry: 5\rdata: [1]\r\rdata: never ended ${SECRET}`
  const expected =
    'event: delta\nid: 7\ndata: {"key": "[masked:aws-access-key-id]"}\n\ndata: plain [masked:aws-access-key-id]\n\nretry: 5\ndata: [1]\n\n'
  const whole = Buffer.from(stream)
  t.equal(masked([whole]), expected)
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
      const places = [0, ...[...new Set(cuts)].sort((a, b) => a - b)]
      return masked(places.map((from, i) => whole.subarray(from, places[i + 1]))) === expected
    }),
  )
})

t.test('deltas of several events are read as one', async (t) => {
  const deltas = (SECRET.match(/.{1,5}/g) ?? []).map((text) => `data: ${JSON.stringify({ delta: text })}\n\n`)
  const out = masked(deltas.map((delta) => Buffer.from(delta)))
  const text = [...out.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join('')
  t.equal(text, '[masked:aws-access-key-id]')
})

t.test('an event that never ends is withheld, not held for ever', async (t) => {
  t.throws(() => masked([Buffer.from('data: '), Buffer.alloc(9 * 1024 * 1024, 120)]), {
    code: 'TW_HTTP_WITHHELD',
  })
})
