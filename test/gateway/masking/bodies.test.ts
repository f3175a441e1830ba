import t from 'tap'
import { createMasker, maskText } from '../../../gateway/masking/compile.ts'
import { AWS, compiled, EMAIL, everything, GITHUB, inPieces, mask, plan } from './setup.ts'

t.test('keys are masked like values, and do not become one', async (t) => {
  const got = mask({ [EMAIL]: 1, [`x${EMAIL}`]: 2 }).text
  t.equal(got, '{"[masked:email]":1,"[masked:email] 2":2}')
})

t.test('a secret in pieces of neighbouring strings is masked', async (t) => {
  const pieces = (secret: string, size: number) => secret.match(new RegExp(`.{1,${size}}`, 'g')) ?? []
  for (const secret of [AWS, GITHUB, EMAIL, `-----BEGIN PRIVATE KEY-----\n${'Test1234'.repeat(40)}\n`])
    for (const size of [1, 3, 7, 15]) {
      const deltas = ['My key is ', ...pieces(secret.replaceAll('\n', ' '), size), ' and', ' more']
      const body = { choices: deltas.map((content) => ({ index: 0, delta: { content } })) }
      const { text } = mask(body)
      const read = JSON.parse(text)
        .choices.map((c: { delta: { content: string } }) => c.delta.content)
        .join('')
      t.match(read, /^My key is .*\[masked:/, `${secret.slice(0, 12)} in pieces of ${size}`)
      t.notMatch(read, secret.slice(-9))
      const lines = body.choices.map((c) => JSON.stringify(c)).join('\n')
      t.notMatch(mask(lines, plan(), 'ndjson').text.replaceAll(/[^A-Za-z0-9@.]/g, ''), secret.slice(-9))
      for (const step of [1, 7, 100]) {
        const source = Buffer.from(JSON.stringify(body))
        const cuts = Array.from({ length: Math.floor(source.length / step) }, (_, i) => i * step)
        t.equal(inPieces(source, cuts).text, text, 'however it is cut')
      }
    }
})

t.test('neighbours that only stand side by side stay as they are', async (t) => {
  const body = JSON.stringify({
    rows: ['94110', '10001', '4111', '1111', '1111', '1111', 'token', 'AK', 'password'].map((zip) => ({
      zip,
    })),
  })
  t.equal(mask(body).text, body)
})

t.test('numbers that are cards, and values that their key calls secret, are masked', async (t) => {
  t.equal(
    mask('{"card":4111111111111111,"ns":1700000000389411335}').text,
    '{"card":null,"ns":1700000000389411335}',
  )
  t.equal(mask({ api_key: 'abcd1234efgh' }).text, '{"api_key":"[masked:secret-assignment]"}')
  t.equal(mask({ password: 'hunter2' }).text, '{"password":"[masked:password-assignment]"}')
  const kept = '{"token":" the","max_tokens":12,"next_page_token":"abcd1234efgh5678"}'
  t.equal(mask(kept).text, kept)
})

t.test('inline pragmas in the data mean nothing', async (t) => {
  t.notMatch(mask({ text: `${AWS} # gitleaks:allow pragma: allowlist secret` }).text, AWS)
})

t.test('bodies that cannot be judged are refused with a code', async (t) => {
  const refused = (body: string | Buffer, code: string) => {
    const bytes = Buffer.from(body)
    t.throws(
      () => mask(bytes.toString('latin1') === body ? body : bytes.toString()),
      { code },
      `${code} whole`,
    )
    t.throws(() => inPieces(bytes, [3, 4, 5]), { code }, `${code} in pieces`)
  }
  refused('{"a":1,"a":2}', 'TW_MASK_DUPLICATE_KEY')
  refused('{"a":1,"\\u0061":2}', 'TW_MASK_DUPLICATE_KEY')
  refused('{"a":1', 'TW_MASK_TRUNCATED')
  refused('{"a":"x', 'TW_MASK_TRUNCATED')
  refused('{"a":1} x', 'TW_MASK_TRAILING')
  refused('{"a":01}', 'TW_MASK_NOT_JSON')
  refused('{"a":"\\x"}', 'TW_MASK_NOT_JSON')
  refused("{'a':1}", 'TW_MASK_NOT_JSON')
  refused('['.repeat(600), 'TW_MASK_TOO_DEEP')
  t.throws(() => createMasker(plan(), 'json').push(Buffer.from('{"a":"\xff"}', 'latin1')), {
    code: 'TW_MASK_UTF8',
  })
})

t.test('a poisoned element is withheld, the others are shown', async (t) => {
  const shape = { record: ['traces.*'], structural: ['traces.*.id'] }
  const small = plan({ masking: compiled({ max_string: '1KiB' }), shape })
  for (const [bad, reason] of [
    ['x'.repeat(2000), 'string too long'],
    ['{"a":1,"a":2}', 'duplicate keys'],
    [`${'['.repeat(600)}1`, 'nested too deep'],
  ] as const) {
    const body = {
      traces: [
        { id: 1, text: 'one' },
        { id: 2, bad, after: 'also hidden' },
        { id: 3, text: 'three' },
      ],
    }
    const { text, observed } = mask(body, small)
    t.match(JSON.parse(text).traces, [
      { text: 'one' },
      { id: 2, bad: `[withheld: ${reason}]`, after: '[hidden: listing]' },
      { text: 'three' },
    ])
    t.strictSame(observed.withheld, [{ path: 'traces.*', reason }])
    t.equal(inPieces(Buffer.from(JSON.stringify(body)), [10, 300, 900, 1500, 1900], small).text, text)
  }
})

t.test('text for people loses what rules find', async (t) => {
  t.equal(maskText(everything, `asked by ${EMAIL}`), 'asked by [masked:email]')
})

t.test('a config that cannot work is refused with its place', async (t) => {
  const custom = (pattern: string) => ({ content: { custom: [{ name: 'acme', pattern }] } })
  t.throws(() => compiled(custom('(a+)+$')), { code: 'TW_MASK_PATTERN_SLOW', message: /acme/ })
  t.throws(() => compiled(custom('(')), { code: 'TW_MASK_PATTERN' })
  t.throws(() => compiled(custom('a*')), { code: 'TW_MASK_PATTERN_EMPTY' })
  t.throws(() => compiled({ fields: [{ name: 'x', paths: ['a..b'] }] }), {
    code: 'TW_MASK_PATH',
    message: /x/,
  })
  t.throws(() => compiled({ content: { disable: ['nope'] } }), { code: 'TW_MASK_UNKNOWN_RULE' })
  t.throws(() => compiled({ fields: [{ name: 'email', paths: ['a'] }] }), { code: 'TW_MASK_DUPLICATE_NAME' })
})

t.test('custom rules run where their keywords stand, on any characters', async (t) => {
  const acme = plan({
    masking: compiled({
      content: {
        custom: [
          { name: 'acme', keywords: ['ACME-'], pattern: 'ACME-[0-9]{8}' },
          { name: 'umlaut', pattern: 'Grüße [0-9]{2}' },
        ],
      },
    }),
  })
  t.equal(
    mask({ text: 'ü ACME-12345678 und Grüße 42!' }, acme).text,
    '{"text":"ü [masked:acme] und [masked:umlaut]!"}',
  )
})
