import { generateKeyPairSync, sign } from 'node:crypto'
import t from 'tap'
import type { ChangesConfig } from '../../../gateway/config/changes.ts'
import {
  type Accepted,
  judgeProvenance,
  type Provenance,
  signedText,
} from '../../../gateway/policy/holder/guard.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString()

function admin(user: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    signer: { user, key: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    signs: (digest: string, when = at(0), as = user) => ({
      user: as,
      at: when,
      value: sign(null, signedText(digest, as, when), privateKey).toString('base64url'),
    }),
  }
}
const [ada, bob, eve] = [admin('ada'), admin('bob'), admin('eve')]

const rules = (more: Partial<ChangesConfig>): ChangesConfig => ({
  owners: [],
  signers: [ada.signer, bob.signer],
  signatures: 2,
  ...more,
})
const file = (more: Partial<Provenance> = {}): Provenance => ({
  digest: 'd2',
  owner: 'root',
  open: false,
  rules: [],
  signatures: [],
  ...more,
})
const judge = (of: Provenance, last?: Accepted, more: Partial<ChangesConfig> = {}) =>
  judgeProvenance(rules(more), of, last, NOW)

t.test('the file is its owner’s, and nobody else may write it', async (t) => {
  const owned = { owners: ['root'], signatures: 0 }
  t.match(judge(file(), undefined, owned), { digest: 'd2', by: [] })
  t.match(judge(file({ owner: 'kim' }), undefined, owned), /belongs to kim, not to root/)
  t.match(judge(file({ open: true }), undefined, owned), /others than its owner/)
  const rule = { file: 'rules/a.yml', owner: 'root', open: false }
  t.match(judge(file({ rules: [rule] }), undefined, owned), { by: [] })
  t.match(
    judge(file({ rules: [rule, { ...rule, owner: 'kim' }] }), undefined, owned),
    /rules\/a.yml belongs to kim/,
  )
  t.match(judge(file({ rules: [{ ...rule, open: true }] }), undefined, owned), /may write rules\/a.yml/)
})

t.test('as many different signers as asked for, each over this very file', async (t) => {
  const both = [ada.signs('d2', at(-2)), bob.signs('d2', at(-1))]
  t.same(judge(file({ signatures: both })), { digest: 'd2', signedAt: at(-1), by: ['ada', 'bob'] })
  for (const [why, signatures] of [
    ['one', [ada.signs('d2')]],
    ['one, twice', [ada.signs('d2', at(-1)), ada.signs('d2')]],
    ['one under two names', [ada.signs('d2'), ada.signs('d2', at(0), 'bob')]],
    ['a stranger', [ada.signs('d2'), eve.signs('d2')]],
    ['another file', [ada.signs('d2'), bob.signs('d1')]],
    ['a date moved', [ada.signs('d2'), { ...bob.signs('d2'), at: at(-3) }]],
    ['one from the future', [ada.signs('d2'), bob.signs('d2', at(6))]],
    ['no signature at all', [ada.signs('d2'), { user: 'bob', at: at(0), value: '' }]],
  ] as const)
    t.match(judge(file({ signatures })), /signed by (ada|nobody), and 2 of ada, bob must sign/, why)
})

t.test('an old file with its old signatures does not come back', async (t) => {
  const last = { digest: 'd3', signedAt: at(0), by: ['ada', 'bob'] }
  const old = [ada.signs('d2', at(-10)), bob.signs('d2', at(-10))]
  t.match(judge(file({ signatures: old }), last), /those of ada, bob are not newer/)
  t.equal(judge(file({ digest: 'd3', signatures: [] }), last), last, 'what is in force needs no more')
})
