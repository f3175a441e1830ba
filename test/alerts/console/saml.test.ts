import { generateKeyPairSync } from 'node:crypto'
import t, { type Test } from 'tap'
import {
  assertion,
  decryption,
  ENTITY,
  encrypted,
  idOf,
  publicKey,
  requestIn,
  response,
  type Said,
  signed,
} from '../../support/saml.ts'
import { Surfer } from '../../support/surfer.ts'
import { openHouse } from './house.ts'

const house = await openHouse(t, {
  identity: {
    saml: [
      {
        name: 'adfs',
        title: 'Corp SAML',
        entity_id: ENTITY,
        sso: 'https://idp.example/sso',
        certificates: [publicKey],
        decryption_key: decryption.privateKey,
      },
    ],
    roles: { 'soc-team': ['soc'] },
  },
})
const { base } = house
const acs = `${base}/sign-in/saml/adfs/acs`

/** A browser that has begun, and the id of the request it carries. */
async function begun(query = '') {
  const surfer = new Surfer()
  const answer = await surfer.send(`${base}/sign-in/with/adfs?next=%2Fsessions${query}`, {
    site: 'same-origin',
  })
  const request = requestIn(answer.headers.get('location') ?? '')
  return { surfer, request: idOf(request), xml: request, acs }
}

/** The provider's page posts this: from another site, so without our lax cookie. */
async function post(surfer: Surfer, xml: string | Buffer) {
  const kept = surfer.cookies.get('tracewarden-sign-in')
  surfer.cookies.delete('tracewarden-sign-in')
  const answer = await surfer.send(acs, {
    method: 'POST',
    body: new URLSearchParams({ SAMLResponse: Buffer.from(xml).toString('base64') }),
    site: 'cross-site',
  })
  if (kept) surfer.cookies.set('tracewarden-sign-in', kept)
  const location = answer.headers.get('location')
  if (location === null) return { answer, text: await answer.text() }
  return surfer.follow(base + location, { site: 'cross-site' })
}

const good = (said: Said) => response(signed(assertion(said)), said)

async function refused(t: Test, what: string, xml: string | Buffer, says: RegExp, surfer = new Surfer()) {
  const page = await post(surfer, xml)
  t.equal(page.answer.status, 401, what)
  t.match(page.text, says, what)
  t.equal(surfer.cookies.has('tracewarden'), false, what)
}

t.test('our metadata and requests say who we are and where responses go', async (t) => {
  const metadata = await house.send('/sign-in/saml/adfs/metadata')
  t.equal(metadata.status, 200)
  const xml = await metadata.text()
  t.match(xml, 'entityID="tracewarden"')
  t.match(xml, `Location="${acs}"`)
  t.match(xml, 'WantAssertionsSigned="true"')
  t.match((await begun()).xml, `AssertionConsumerServiceURL="${acs}"`)
  t.match((await begun('&fresh=1')).xml, 'ForceAuthn="true"')
  t.equal((await house.send('/sign-in/saml/nobody/metadata')).status, 404)
})

t.test('a signed assertion signs in: the person, their groups’ roles, on record', async (t) => {
  const before = Date.now()
  const { surfer, ...said } = await begun()
  const page = await post(surfer, good(said))
  t.equal(page.answer.status, 200)
  t.match(page.text, '<meta http-equiv="refresh" content="0;url=/sessions">')
  t.equal((await surfer.follow(`${base}/sessions`)).answer.status, 200)
  const identity = await house.identity.fromCookie(surfer.cookies.get('tracewarden')?.value ?? '')
  t.match(identity.person, {
    id: `saml:${ENTITY}#odette`,
    user: 'odette',
    roles: ['soc'],
    email: 'odette@example.com',
  })
  t.ok(identity.credential.authenticated >= before - 1000, 'as the provider said, a second ago')
  t.match(house.events.at(-1), {
    event: { action: 'login', outcome: 'success' },
    tracewarden: { login: { method: 'saml', provider: 'adfs' } },
  })
})

t.test('an assertion is good once, also where the store was asked by another replica', async (t) => {
  const { surfer, ...said } = await begun()
  const xml = good(said)
  t.equal((await post(surfer, xml)).answer.status, 200)
  await refused(t, 'replayed', xml, /was used before/)
  t.match(house.events.at(-1), { event: { action: 'auth-failure', reason: 'TW_AUTH_SAML_REPLAY' } })
})

t.test('a response is for the browser that asked, and for a request of ours', async (t) => {
  const victim = await begun()
  const attacker = await begun()
  const page = await post(victim.surfer, good({ acs, request: attacker.request }))
  t.equal(page.answer.status, 400, 'login forgery: the attacker’s answer in the victim’s browser')
  t.match(page.text, /not begun in this browser/)
  await refused(t, 'unsolicited', good({ acs, request: '' }), /no request/)
  await refused(t, 'made up', good({ acs, request: `_tw${'0'.repeat(60)}` }), /no request of ours/)
})

t.test('what is not for us, not now, not signed or not by the provider is refused', async (t) => {
  const stranger = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey
  const { request } = await begun()
  const said = { acs, request }
  const cases: [string, string, RegExp][] = [
    ['unsigned', response(assertion(said), said), /signature/],
    [
      'signed by another key',
      response(signed(assertion(said), 'Assertion', { key: stranger }), said),
      /signature/,
    ],
    ['SHA-1', response(signed(assertion(said), 'Assertion', { hash: 'sha1' }), said), /algorithm/],
    ['only the response signed', signed(response(assertion(said), said), 'Response'), /signature/],
    ['altered', good(said).replace('>odette<', '>mallory<'), /signature/],
    ['another audience', good({ ...said, audience: 'wiki' }), /audience/],
    ['another recipient', good({ ...said, recipient: 'https://wiki.example/acs' }), /recipient/],
    ['another issuer', good({ ...said, issuer: 'https://other.example' }), /issuer/],
    ['expired', good({ ...said, ends: -120_000, begins: -300_000 }), /times/],
    ['not yet', good({ ...said, begins: 120_000, ends: 300_000 }), /times/],
    ['signed in in the future', good({ ...said, instant: 600_000 }), /times/],
    ['not a bearer', good({ ...said, method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' }), /bearer/],
    [
      'transient',
      good({ ...said, format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }),
      /transient/,
    ],
    ['padded name', good({ ...said, nameId: ' odette' }), /NameID/],
  ]
  for (const [what, xml, says] of cases) await refused(t, what, xml, says)
  const no = await post(new Surfer(), response('', { ...said, status: 'Responder' }))
  t.equal(no.answer.status, 403)
  t.match(no.text, /did not sign you in: Responder/)
})

t.test(
  'signature wrapping: a signed assertion elsewhere in the document lends its signature to nobody',
  async (t) => {
    const { surfer, ...said } = await begun()
    const real = signed(assertion({ ...said, id: '_real' }))
    const forged = assertion({ ...said, nameId: 'root', id: '_forged' })
    const twin = assertion({ ...said, nameId: 'root', id: '_real' })
    const inside = (outer: string, inner: string) =>
      outer.replace('</saml:Assertion>', `${inner}</saml:Assertion>`)
    const signature = /<Signature[\s\S]*<\/Signature>/.exec(real)?.[0] ?? ''
    t.not(signature, '')
    const borrowed = forged.replace('</saml:Issuer>', `</saml:Issuer>${signature}`)
    const object = signature.replace(
      '</Signature>',
      `<Object>${real.replace(signature, '')}</Object></Signature>`,
    )
    const shapes: [string, string][] = [
      ['beside, forged first', forged + real],
      ['beside, forged last', real + forged],
      ['same id twice', twin + real],
      ['real one inside the forged', inside(forged, real)],
      ['forged with the real one’s signature', borrowed],
      [
        'real one as Object in the signature of the forged',
        forged.replace('</saml:Issuer>', `</saml:Issuer>${object}`),
      ],
      ['real one in Extensions', `<samlp:Extensions>${real}</samlp:Extensions>${forged}`],
      ['real one in Extensions, same id', `<samlp:Extensions>${real}</samlp:Extensions>${twin}`],
      ['forged one with the same id inside the real', inside(real, twin)],
    ]
    for (const [what, content] of shapes)
      await refused(t, what, response(content, said), /is not accepted/, surfer)
    const foreign = response(signed(assertion({ ...said, audience: 'wiki', nameId: 'root' })), said)
    await refused(t, 'an unsigned response around another’s assertion', foreign, /audience/, surfer)
    t.equal((await post(surfer, response(real, said))).answer.status, 200, 'and the real one still is good')
  },
)

t.test('comments, entities, CDATA and other encodings never reach a parser', async (t) => {
  const { request } = await begun()
  const said = { acs, request }
  const comment = good(said).replace('>odette<', '>odet<!-- x -->te<')
  const spliced = good({ ...said, nameId: 'root.evil' }).replace('>root.evil<', '>root<!-- -->.evil<')
  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>${good(said)}`
  const file = `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${good({ ...said, nameId: '&f;' })}`
  for (const [what, xml] of Object.entries({ comment, spliced, bomb, file }))
    await refused(t, what, xml, /declarations, comments/)
  await refused(t, 'CDATA', good(said).replace('>odette<', '><![CDATA[odette]]><'), /declarations, comments/)
  await refused(t, 'instruction', good(said).replace('>odette<', '>ode<?x?>tte<'), /declarations, comments/)
  await refused(t, 'UTF-16', Buffer.from(`\ufeff${good(said)}`, 'utf16le'), /not UTF-8/)
  await refused(t, 'too deep', `<a>${'<b>'.repeat(7000)}`, /too many elements/)
  await refused(t, 'too large', `<a>${'b'.repeat(300_000)}</a>`, /too large/)
  await refused(t, 'no XML', 'hello', /not XML/)
  const none = await house.send('/sign-in/saml/adfs/acs', { method: 'POST', body: new URLSearchParams() })
  t.equal(none.status, 401)
  const odd = new URLSearchParams({ SAMLResponse: '<Response/>' })
  t.match(
    await (await house.send('/sign-in/saml/adfs/acs', { method: 'POST', body: odd })).text(),
    /not base64/,
  )
})

t.test('an encrypted assertion is opened, and then no better than any other', async (t) => {
  const { surfer, ...said } = await begun()
  const page = await post(surfer, response(encrypted(signed(assertion(said))), said))
  t.equal(page.answer.status, 200)
  t.equal(
    (await house.identity.fromCookie(surfer.cookies.get('tracewarden')?.value ?? '')).person.user,
    'odette',
  )
  const stranger = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const tries: [string, (said: Said) => string, RegExp][] = [
    ['not signed', (said) => encrypted(assertion(said)), /./],
    [
      'signed by somebody else',
      (said) => encrypted(signed(assertion(said), 'Assertion', { key: stranger.privateKey })),
      /./,
    ],
    [
      'signed weakly',
      (said) => encrypted(signed(assertion(said), 'Assertion', { hash: 'sha1' })),
      /algorithm/,
    ],
    [
      'a comment inside',
      (said) => encrypted(signed(assertion(said)).replace('>odette<', '>odette<!-- -->.evil<')),
      /comments/,
    ],
    [
      'a mode that proves nothing',
      (said) => encrypted(signed(assertion(said)), { mode: 'cbc' }),
      /encryption/,
    ],
    [
      'for another key',
      (said) => encrypted(signed(assertion(said)), { key: stranger.publicKey }),
      /cannot be decrypted/,
    ],
    ['two of them', (said) => encrypted(signed(assertion(said))).repeat(2), /./],
    ['something else', () => encrypted('<p>hello</p>'), /no assertion/],
  ]
  for (const [what, make, says] of tries) {
    const { surfer: other, ...asked } = await begun()
    await refused(t, what, response(make(asked), asked), says, other)
  }
})

t.test('a fresh sign-in is one that the provider asked for anew', async (t) => {
  const stale = await begun('&fresh=1')
  const page = await post(stale.surfer, good({ acs, request: stale.request, instant: -3600_000 }))
  t.equal(page.answer.status, 401)
  t.match(page.text, /did not ask you to sign in anew/)
  const fresh = await begun('&fresh=1')
  t.equal((await post(fresh.surfer, good({ acs, request: fresh.request }))).answer.status, 200)
})
