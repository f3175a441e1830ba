import t from 'tap'
import { builtinRules } from '../../../gateway/masking/compile.ts'
import fc from '../../support/properties.ts'
import { AWS, compiled, EMAIL, inPieces, mask, OPENAI, plan } from './setup.ts'

const nothing = compiled({ content: { disable: builtinRules.map((rule) => rule.name) } })
const cuts = fc.array(fc.nat(2000), { maxLength: 12 })
/** JSON as writers print it: spaces anywhere, escapes where none is needed, numbers no double can hold. */
const written = fc
  .tuple(
    fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }),
    fc.constantFrom('', ' ', '\n  ', '\t'),
    fc.boolean(),
  )
  .map(([value, space, unicode]) => {
    const text = JSON.stringify({ big: 'N', value, also: [value] }, null, space).replace(
      '"N"',
      '1700000000389411335',
    )
    return unicode
      ? text.replace(/[é\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : text
  })

t.test('with nothing to hide every byte stays, however the body is cut', async (t) => {
  fc.assert(
    fc.property(written, cuts, (text, at) => {
      const by = plan({ masking: nothing })
      t.equal(mask(text, by).text, text)
      t.equal(inPieces(Buffer.from(text), at, by).text, text)
    }),
    { numRuns: 300 },
  )
})

const secrets = [AWS, OPENAI, EMAIL]
const dress = (secret: string): fc.Arbitrary<string> =>
  fc.constantFrom(
    secret,
    `text before ${secret} and after`,
    `${secret},`,
    `"${secret}"`,
    Buffer.from(`key: ${secret}`).toString('base64'),
    Buffer.from(`key: ${secret}`).toString('base64url'),
    Buffer.from(secret).toString('hex'),
    encodeURIComponent(`k=${secret}&`),
    [...secret].join('\u200b'),
    [...secret].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    JSON.stringify({ deep: [JSON.stringify({ [secret]: secret })] }),
    JSON.stringify(JSON.stringify(secret)),
  )
/** A document with a dressed secret somewhere in it, as value or key. */
const planted = fc.constantFrom(...secrets).chain((secret) =>
  fc
    .tuple(
      dress(secret),
      fc.jsonValue({ maxDepth: 3 }),
      fc.integer({ min: 0, max: 5 }),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([text, around, depth, asKey, escaped]) => {
      let value: unknown = asKey ? { [text]: 1 } : [around, text, 'next']
      for (let i = 0; i < depth; i++)
        value = i % 2 ? { a: around, inner: JSON.stringify(value) } : { 'x.y': [value] }
      let json = JSON.stringify(value)
      if (escaped) json = json.replace(/[@A]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)
      return { secret, json }
    }),
)

/** Everything a reader could decode from a value. */
function readings(value: unknown, seen: string[] = []): string[] {
  if (typeof value === 'string') {
    seen.push(value.replace(/\u200b/g, ''), Buffer.from(value, 'hex').toString('latin1'))
    seen.push(Buffer.from(value, 'base64').toString('latin1'))
    try {
      seen.push(decodeURIComponent(value))
      readings(JSON.parse(value), seen)
      readings(JSON.parse(`"${value}"`), seen)
    } catch {}
  } else if (Array.isArray(value)) for (const one of value) readings(one, seen)
  else if (value !== null && typeof value === 'object')
    for (const [key, one] of Object.entries(value)) readings(one, readings(key, seen))
  return seen
}

t.test(
  'a planted secret is in no reading of the output, which is valid JSON and the same for every cut',
  async (t) => {
    fc.assert(
      fc.property(planted, cuts, ({ secret, json }, at) => {
        const whole = mask(json)
        for (const reading of readings(JSON.parse(whole.text)))
          if (reading.includes(secret)) throw new Error(`${secret} is in ${whole.text} of ${json}`)
        t.equal(inPieces(Buffer.from(json), at).text, whole.text)
      }),
      { numRuns: 600 },
    )
  },
)

t.test('a secret with look-alikes in it is masked wherever it stands among other characters', async () => {
  const alike = new Map([...'AKIESTxaeop.@'].map((c, i) => [c, [...'АКІЕЅТхаеор．＠'][i]!]))
  const around = fc.array(fc.constantFrom('plain words ', '’', '“so”', '東京 ', 'é', '—', '\u200b', '🙂'), {
    maxLength: 30,
  })
  fc.assert(
    fc.property(fc.constantFrom(...secrets), fc.nat(), around, around, (secret, seed, before, after) => {
      const places = [...secret].flatMap((c, i) => (alike.has(c) ? [i] : []))
      const chosen = places.filter((_, i) => (seed >> (i % 30)) & 1 || i === seed % places.length)
      const dressed = [...secret].map((c, i) => (chosen.includes(i) ? alike.get(c) : c)).join('')
      const text = `${before.join('')} ${dressed} ${after.join('')}`
      const { text: out } = mask({ text })
      if (out.includes(dressed) || !out.includes('[masked:')) throw new Error(`${dressed} is in ${out}`)
    }),
    { numRuns: 300 },
  )
})

const fielded = compiled({
  fields: [
    { name: 'a', paths: ['**.a'], transform: 'keep-last-4' },
    { name: 'list', paths: ['**.list'] },
  ],
  max_string: '256B',
})
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.constant(null),
  fc.constant('x'.repeat(300)),
)
const key = fc.constantFrom('a', 'b', 'list', 'key', 'value', 'string_value', 'values', 'kvlist_value', 'id')
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, depthSize: 'small' },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    fc.tuple(key, tie('tree')).map(([key, value]) => [{ value, key }]),
    tie('tree').map((value) => JSON.stringify(value)),
  ),
}))

t.test('fields, lists, records and listings come out the same however they are cut, and valid', async (t) => {
  fc.assert(
    fc.property(tree, cuts, fc.boolean(), (value, at, hide) => {
      const shape = { record: ['**.*'], structural: ['**.id'], traceId: ['**.id'] }
      const by = plan({ masking: fielded, shape, hide })
      const text = JSON.stringify({ value, rows: [value, value] })
      const whole = mask(text, by)
      JSON.parse(whole.text)
      const pieces = inPieces(Buffer.from(text), at, by)
      t.equal(pieces.text, whole.text)
      t.strictSame(pieces.observed, whole.observed)
    }),
    { numRuns: 400 },
  )
})

t.test('bytes that are not JSON are refused or withheld, never passed', async (t) => {
  const bytes = fc.uint8Array({ maxLength: 40 })
  fc.assert(
    fc.property(planted, bytes, fc.nat(200), ({ json }, noise, at) => {
      const body = Buffer.from(json)
      const place = at % body.length
      const broken = Buffer.concat([body.subarray(0, place), noise, body.subarray(place + (at % 3))])
      let out: string | undefined
      try {
        out = inPieces(broken, [place]).text
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('TW_MASK_')))
          throw error
      }
      if (out !== undefined && out.trim() !== '') {
        t.doesNotThrow(() => JSON.parse(out), 'only JSON comes through')
      }
    }),
    { numRuns: 400 },
  )
})
