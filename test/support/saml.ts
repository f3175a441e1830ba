import { constants, createCipheriv, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { SignedXml } from 'xml-crypto'

export const ENTITY = 'https://idp.example/saml'
export const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

export interface Said {
  acs: string
  request: string
  nameId?: string
  format?: string
  audience?: string
  recipient?: string
  issuer?: string
  id?: string
  groups?: readonly string[]
  /** ms from now. */
  ends?: number
  begins?: number
  instant?: number
  method?: string
}

const at = (ms: number) => new Date(Date.now() + ms).toISOString()

export const assertion = (said: Said): string => {
  const { acs, request, nameId = 'odette', issuer = ENTITY, ends = 60_000, begins = -1000 } = said
  const { format = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', instant = -1000 } = said
  const { method = 'urn:oasis:names:tc:SAML:2.0:cm:bearer' } = said
  const id = said.id ?? `_a${crypto.randomUUID()}`
  const groups = (said.groups ?? ['soc-team'])
    .map((group) => `<saml:AttributeValue>${group}</saml:AttributeValue>`)
    .join('')
  return (
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" Version="2.0" IssueInstant="${at(0)}">` +
    `<saml:Issuer>${issuer}</saml:Issuer>` +
    `<saml:Subject><saml:NameID Format="${format}">${nameId}</saml:NameID>` +
    `<saml:SubjectConfirmation Method="${method}"><saml:SubjectConfirmationData InResponseTo="${request}" Recipient="${said.recipient ?? acs}" NotOnOrAfter="${at(ends)}"/></saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions NotBefore="${at(begins)}" NotOnOrAfter="${at(ends)}"><saml:AudienceRestriction><saml:Audience>${said.audience ?? 'tracewarden'}</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
    `<saml:AuthnStatement AuthnInstant="${at(instant)}" SessionIndex="_s1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
    `<saml:AttributeStatement><saml:Attribute Name="groups">${groups}</saml:Attribute><saml:Attribute Name="email"><saml:AttributeValue>odette@example.com</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>` +
    '</saml:Assertion>'
  )
}

/** Signs the element of this local name, with the key of the provider unless told otherwise. */
export function signed(
  xml: string,
  element = 'Assertion',
  { key = privateKey, hash = 'sha256' } = {},
): string {
  const more = hash === 'sha1' ? '2000/09/xmldsig' : '2001/04/xmldsig-more'
  const signature = new SignedXml({
    privateKey: key,
    signatureAlgorithm: `http://www.w3.org/${more}#rsa-${hash}`,
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  })
  signature.addReference({
    xpath: `//*[local-name(.)='${element}']`,
    transforms: [
      'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
      'http://www.w3.org/2001/10/xml-exc-c14n#',
    ],
    digestAlgorithm: `http://www.w3.org/${hash === 'sha1' ? '2000/09/xmldsig#sha1' : '2001/04/xmlenc#sha256'}`,
  })
  signature.computeSignature(xml, {
    location: { reference: `//*[local-name(.)='${element}']/*[local-name(.)='Issuer']`, action: 'after' },
  })
  return signature.getSignedXml()
}

/** What our side decrypts with. */
export const decryption = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

function gcm(xml: string, secret: Buffer, nonce: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', secret, nonce)
  return Buffer.concat([nonce, cipher.update(xml), cipher.final(), cipher.getAuthTag()])
}
function cbc(xml: string, secret: Buffer, nonce: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', secret, nonce)
  return Buffer.concat([nonce, cipher.update(xml), cipher.final()])
}

/** Encrypted for whoever has the key's other half: AES-256-GCM under RSA-OAEP, as XML Encryption 1.1 writes it. */
export function encrypted(xml: string, { mode = 'gcm', key = decryption.publicKey } = {}): string {
  const secret = randomBytes(32)
  const nonce = randomBytes(mode === 'gcm' ? 12 : 16)
  const sealed = mode === 'gcm' ? gcm(xml, secret, nonce) : cbc(xml, secret, nonce)
  const wrapped = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, secret)
  const method = mode === 'gcm' ? '2009/xmlenc11#aes256-gcm' : '2001/04/xmlenc#aes256-cbc'
  return (
    '<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">' +
    `<xenc:EncryptionMethod Algorithm="http://www.w3.org/${method}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey>` +
    '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></xenc:EncryptionMethod>' +
    `<xenc:CipherData><xenc:CipherValue>${wrapped.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>` +
    `<xenc:CipherData><xenc:CipherValue>${sealed.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>`
  )
}

export const response = (
  content: string,
  { request, acs, status = 'Success' }: { request: string; acs: string; status?: string },
): string =>
  `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r${crypto.randomUUID()}" Version="2.0" IssueInstant="${at(0)}" Destination="${acs}" InResponseTo="${request}">` +
  `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${ENTITY}</saml:Issuer>` +
  `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${status}"/></samlp:Status>${content}</samlp:Response>`

/** The AuthnRequest in the address that the browser was sent to. */
export const requestIn = (location: string): string =>
  inflateRawSync(Buffer.from(new URL(location).searchParams.get('SAMLRequest') ?? '', 'base64')).toString()

export const idOf = (request: string): string => /\bID="([^"]*)"/.exec(request)?.[1] ?? ''
