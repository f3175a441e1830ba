import { fail } from '../errors.ts'

/** Bytes of a response: an assertion of some hundred groups has 60 kB. */
const LARGEST = 256 * 1024
const ELEMENTS = 3000

/** What signs and digests may be; SHA-1 and keyed hashes are not among them. */
const ALGORITHMS = new Set(
  [
    ['2001/04/xmldsig-more', 'rsa-sha256', 'rsa-sha384', 'rsa-sha512', 'sha384'],
    ['2001/04/xmldsig-more', 'ecdsa-sha256', 'ecdsa-sha384', 'ecdsa-sha512'],
    ['2007/05/xmldsig-more', 'sha256-rsa-MGF1', 'sha512-rsa-MGF1'],
    ['2001/04/xmlenc', 'sha256', 'sha512'],
    ['2000/09/xmldsig', 'enveloped-signature'],
  ]
    .flatMap(([base, ...names]) => names.map((name) => `http://www.w3.org/${base}#${name}`))
    .concat('http://www.w3.org/2001/10/xml-exc-c14n#'),
)

/** What assertions may be encrypted with: modes that prove what they hold, and OAEP, whose digest may be SHA-1. */
const ENCRYPTIONS = new Set([
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
])
const METHOD = /<((?:[\w-]+:)?EncryptionMethod)\b[^<>]*?(?:\/>|>[\s\S]*?<\/\1\s*>)/g

/**
 * The XML of a `SAMLResponse`, refused before any parser sees it where it could harm one or be read in two ways:
 * declarations (entities, so bombs and files), comments, CDATA and processing instructions (which cut text in two for
 * one reader and not for another), other encodings, weak algorithms, sizes.
 * @throws TW_AUTH_SAML_INVALID
 */
export function guardedXml(samlResponse: string, provider: string, decrypts = false): string {
  const wrong = (problem: string) => fail('TW_AUTH_SAML_INVALID', { provider, problem })
  const encoded = samlResponse.replace(/[\r\n\t ]/g, '')
  if (encoded.length > (LARGEST / 3) * 4) throw wrong('it is too large')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw wrong('it is not base64')
  let xml: string
  try {
    xml = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'))
  } catch {
    throw wrong('it is not UTF-8')
  }
  const body = xml.replace(
    /^<\?xml version=["']1\.0["'](?: encoding=["']utf-8["'])?(?: standalone=["'](?:yes|no)["'])?\s*\?>/i,
    '',
  )
  if (!body.trimStart().startsWith('<')) throw wrong('it is not XML')
  if (body.includes('<!') || body.includes('<?'))
    throw wrong('it has declarations, comments, CDATA or processing instructions')
  // Text may not hold them either: what is refused is what any reader could take for markup.
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(body)) throw wrong('it has control characters')
  if (body.split('<').length > ELEMENTS * 2) throw wrong('it has too many elements')
  const methods = [...body.matchAll(METHOD)].map(
    ([method]) => /\bAlgorithm\s*=\s*["']([^"']*)["']/.exec(method)?.[1],
  )
  if (methods.length > 0 && !decrypts) throw wrong('it is encrypted, and no decryption_key is configured')
  if (methods.some((algorithm) => !ENCRYPTIONS.has(algorithm ?? '')))
    throw wrong('an algorithm of its encryption is not accepted')
  const signing = body.replace(METHOD, '')
  for (const [, algorithm = ''] of signing.matchAll(/\bAlgorithm\s*=\s*["']([^"']*)["']/g))
    if (!ALGORITHMS.has(algorithm)) throw wrong('an algorithm of its signature is not accepted')
  return body
}
