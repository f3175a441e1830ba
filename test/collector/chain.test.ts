import { createSecretKey } from 'node:crypto'
import t from 'tap'
import { chainHash, committed, contentDigest, erasePersonal, genesis } from '../../collector/audit/chain.ts'
import { sealer } from '../../collector/spool/seal.ts'
import { canonical } from '../../core/canonical.ts'
import type { EventDraft } from '../../core/event.ts'
import fc from '../support/properties.ts'
import { testRandom } from '../support/random.ts'
import { sample } from './samples.ts'

const random = testRandom('chain')
const seal = sealer(createSecretKey(Buffer.alloc(32, 7)), random)
const json = fc.jsonValue({ maxDepth: 4 })
const draft = (extra: unknown, tracewarden: Record<string, unknown> = {}): EventDraft => {
  const { chain: _chain, ...rest } = sample(1).tracewarden
  const { event } = sample(1)
  return { ...sample(1), zone: extra, '!first': extra, event, tracewarden: { ...tracewarden, ...rest } }
}

t.test('a sealed line is the canonical event, and its hash what the verifier computes', async (t) => {
  fc.assert(
    fc.property(json, fc.dictionary(fc.string(), json), (extra, more) => {
      const sealed = seal(draft(extra, more), genesis('gw'))
      const read = JSON.parse(sealed.line)
      t.equal(sealed.line, canonical(read))
      t.equal(canonical(sealed.event), sealed.line)
      t.equal(chainHash(read), sealed.head.hash)
      t.equal(read.tracewarden.chain.hash, sealed.head.hash)
    }),
    { numRuns: 50 },
  )
})

t.test('erasing a person leaves the hash as it was', async (t) => {
  const { event } = seal(draft('x'), genesis('gw'))
  const erased = JSON.parse(JSON.stringify(erasePersonal(event)))
  t.equal(chainHash(erased), event.tracewarden.chain?.hash)
  t.equal(contentDigest(erased), contentDigest(event))
  for (const trace of ['u00001@example.com', 'Uma One', '10.0.0.7', 'test/1', event.tracewarden.chain?.salt])
    t.notOk(JSON.stringify(erased).includes(String(trace)), 'nothing personal is left')
  t.equal(erased.user.id, 'u00001')
})

t.test('any other change shows', async (t) => {
  const { event } = seal(draft('x'), genesis('gw'))
  const hash = chainHash(event)
  t.not(chainHash({ ...event, '@timestamp': '2026-01-05T09:00:09.000Z' }), hash)
  t.not(chainHash({ ...event, user: { ...event.user, email: 'other@example.com' } }), hash)
  t.not(chainHash({ ...event, user: { id: 'u00001' } }), hash, 'dropped without its commitment')
  t.not(chainHash({ ...event, zone: 'y' }), hash)
  t.equal(
    chainHash({ ...event, event: { ...event.event, ingested: 'now' } }),
    hash,
    'but not the time of ingest',
  )
  t.notOk(committed(event).includes('u00001@example.com'))
})

t.test('equal values of two persons have unlike commitments', async (t) => {
  const one = seal(draft('x'), genesis('gw')).event
  const two = seal(
    { ...draft('x'), user: { id: 'u2', email: 'u00001@example.com', name: 'B' } },
    genesis('gw'),
  ).event
  t.not(
    JSON.parse(committed(one)).user.email,
    JSON.parse(committed(two)).user.email,
    'so a leak of one says nothing of the other',
  )
})
