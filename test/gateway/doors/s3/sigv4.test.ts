import { hash } from 'node:crypto'
import t from 'tap'
import { CodedError } from '../../../../core/errors.ts'
import type { Sent } from '../../../../gateway/doors/s3/request/headers.ts'
import { canonicalTarget } from '../../../../gateway/doors/s3/request/target.ts'
import { createChunks, type Streaming } from '../../../../gateway/doors/s3/sigv4/chunks.ts'
import { createSigner } from '../../../../gateway/doors/s3/sigv4/sign.ts'
import { EMPTY_HASH, signatureOf, signingKey } from '../../../../gateway/doors/s3/sigv4/signature.ts'
import { claimOf, type Proven, verify } from '../../../../gateway/doors/s3/sigv4/verify.ts'
import fc from '../../../support/properties.ts'

// The examples of AWS's own documentation of Signature Version 4 for S3.
const ID = 'AKIA' + 'IOSFODNN7' + 'EXAMPLE'
const SECRET = 'wJalrXUtnFEMI' + '/K7MDENG/' + 'bPxRfiCYEXAMPLEKEY'
const TIME = '20130524T000000Z'
const AT = Date.UTC(2013, 4, 24)
const scope = { day: '20130524', region: 'us-east-1', service: 's3' }
const HOST = 'examplebucket.s3.amazonaws.com'

function check(
  method: string,
  url: string,
  headers: Sent,
  signature: string,
  more: { now?: number; region?: string } = {},
) {
  const target = canonicalTarget(url)
  const sent: Sent = { host: HOST, 'x-amz-content-sha256': EMPTY_HASH, 'x-amz-date': TIME, ...headers }
  const authorization = `AWS4-HMAC-SHA256 Credential=${ID}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${Object.keys(sent).sort().join(';')},Signature=${signature}`
  const claim = claimOf(
    target,
    { ...sent, authorization },
    { region: 'us-east-1', now: AT, presigned: 86_400_000, ...more },
  )
  return verify(claim, method, target, sent, SECRET)
}

const codeOf = (act: () => unknown): string | undefined => {
  try {
    act()
    return undefined
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error)
  }
}

t.test('signatures of the published examples hold', async (t) => {
  const range = { range: 'bytes=0-9' }
  const get = 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41'
  t.ok(check('GET', '/test.txt', range, get))
  t.ok(
    check(
      'PUT',
      '/test%24file.text',
      {
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-content-sha256': hash('sha256', 'Welcome to Amazon S3.', 'hex'),
      },
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ),
  )
  t.ok(check('GET', '/?lifecycle', {}, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'))
  t.ok(
    check(
      'GET',
      '/?max-keys=2&prefix=J',
      {},
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ),
  )
  const presigned = `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${ID}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=${TIME}&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404`
  const target = canonicalTarget(presigned)
  const expect = { region: 'us-east-1', now: AT + 86_000_000, presigned: 86_400_000 }
  t.ok(verify(claimOf(target, { host: HOST }, expect), 'GET', target, { host: HOST }, SECRET))
  const refused = (more: object) => codeOf(() => claimOf(target, { host: HOST }, { ...expect, ...more }))
  t.equal(refused({ presigned: undefined }), 'TW_S3_PRESIGNED')
  t.equal(refused({ presigned: 3_600_000 }), 'TW_S3_PRESIGNED', 'a longer life than config allows')
  t.equal(refused({ now: AT + 86_401_000 }), 'TW_S3_PRESIGNED_EXPIRED')

  t.equal(
    codeOf(() => check('GET', '/test2.txt', range, get)),
    'TW_S3_SIGNATURE',
    'another key',
  )
  t.equal(
    codeOf(() => check('HEAD', '/test.txt', range, get)),
    'TW_S3_SIGNATURE',
    'another method',
  )
  t.equal(
    codeOf(() => check('GET', '/test.txt', { range: 'bytes=0-99' }, get)),
    'TW_S3_SIGNATURE',
  )
  const clock = 15 * 60_000 + 1
  for (const now of [AT + clock, AT - clock])
    t.equal(
      codeOf(() => check('GET', '/test.txt', range, get, { now })),
      'TW_S3_SKEW',
    )
  t.equal(
    codeOf(() => check('GET', '/test.txt', range, get, { region: 'eu-west-1' })),
    'TW_S3_REGION',
  )
})

t.test('what we sign ourselves, we would take', async () => {
  const signer = createSigner({
    accessKeyId: ID,
    secretAccessKey: SECRET,
    region: 'us-east-1',
    host: HOST,
    now: () => AT,
  })
  fc.assert(
    fc.property(
      fc.stringMatching(/^[^\\/%.\0-\x1f\x7f]{1,20}$/),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ maxLength: 12 }), { maxKeys: 4 }),
      (key, query) => {
        const { target: url, headers } = signer.sign({
          method: 'GET',
          path: `/bucket/${key}`,
          query: Object.entries(query),
          headers: { 'x-amz-meta-a': '  two   blanks ' },
          payload: EMPTY_HASH,
        })
        const target = canonicalTarget(url)
        const claim = claimOf(target, headers, { region: 'us-east-1', now: AT, presigned: undefined })
        return target.path === `/bucket/${key}` && verify(claim, 'GET', target, headers, SECRET).seed !== ''
      },
    ),
  )
})

const proven: Proven = {
  key: signingKey(SECRET, scope),
  scope,
  time: TIME,
  seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
}

function decode(kind: Streaming, body: string | Buffer, announced: string[] = [], cut = 1000) {
  const chunks = createChunks(kind, proven, announced)
  const bytes = Buffer.from(body)
  const out: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += cut) out.push(...chunks.push(bytes.subarray(at, at + cut)))
  chunks.end()
  return { text: Buffer.concat(out).toString('latin1'), trailers: chunks.trailers }
}

t.test('the published example of chunked upload is decoded, and nothing that differs from it', async (t) => {
  const kind = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
  const body = [
    `10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n${'a'.repeat(65536)}\r\n`,
    `400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n${'a'.repeat(1024)}\r\n`,
    '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n',
  ]
  for (const cut of [1, 997, 1e6]) t.equal(decode(kind, body.join(''), [], cut).text.length, 66560)
  const refused = (text: string) => codeOf(() => decode(kind, text))
  t.equal(refused(body.join('').replace('aaaa', 'aaba')), 'TW_S3_SIGNATURE', 'a changed byte')
  t.equal(refused(body[0]! + body[2]!), 'TW_S3_SIGNATURE', 'a chunk left out')
  t.equal(refused(body[1]! + body[0]! + body[2]!), 'TW_S3_SIGNATURE', 'chunks in another order')
  t.equal(refused(body[0]! + body[1]!), 'TW_S3_INCOMPLETE', 'no last chunk')
  t.equal(refused(`${body.join('')}more`), 'TW_S3_CHUNKED')
  t.equal(
    refused(body.join('').replace('10000;', 'ffff;')),
    'TW_S3_CHUNKED',
    'a chunk that is longer than it says',
  )
  t.equal(refused('zz;chunk-signature=1\r\n'), 'TW_S3_CHUNKED')
})

t.test('trailers are those that were announced, and signed where the chunks are', async (t) => {
  const plain = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  const name = 'x-amz-checksum-crc32'
  const good = `5\r\nhello\r\n0\r\n${name}:AAAAAA==\r\n\r\n`
  t.same(decode(plain, good, [name], 3), { text: 'hello', trailers: { [name]: 'AAAAAA==' } })
  const refused = (body: string, announced = [name]) => codeOf(() => decode(plain, body, announced))
  t.equal(refused(good, []), 'TW_S3_CHUNKED', 'not announced')
  t.equal(refused('5\r\nhello\r\n0\r\n\r\n'), 'TW_S3_CHUNKED', 'announced and missing')
  t.equal(
    refused(`5\r\nhello\r\n0\r\nx-amz-acl:public-read\r\n\r\n`, ['x-amz-acl']),
    'TW_S3_CHUNKED',
    'no checksum',
  )
  const signed = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
  const last = signatureOf(
    proven.key,
    [
      'AWS4-HMAC-SHA256-PAYLOAD',
      TIME,
      '20130524/us-east-1/s3/aws4_request',
      proven.seed,
      EMPTY_HASH,
      EMPTY_HASH,
    ].join('\n'),
  )
  const forged = `0;chunk-signature=${last}\r\n${name}:AAAAAA==\r\nx-amz-trailer-signature:${'0'.repeat(64)}\r\n\r\n`
  t.equal(
    codeOf(() => decode(signed, forged, [name])),
    'TW_S3_SIGNATURE',
  )
})

t.test('a target has one reading', async (t) => {
  const refused = (url: string) => codeOf(() => canonicalTarget(url))
  for (const url of [
    'http://x/b/k',
    '*',
    '/b/k#x',
    '/b/%zz',
    '/b/a%2Fb',
    '/b/k?a=1&a=2',
    '/b/k?a=b+c',
    '/b/\u00e9',
  ])
    t.equal(refused(url), 'TW_S3_TARGET', url)
})
