import { decryptXml, parseDomFromString, xpath } from '@node-saml/node-saml/lib/xml.js'
import { fail } from '../errors.ts'
import { guardedXml } from './xml-guard.ts'

const ENCRYPTED = /<((?:[\w-]+:)?EncryptedAssertion)[\s>][\s\S]*<\/\1\s*>/

export const isEncrypted = (xml: string): boolean => ENCRYPTED.test(xml)

/**
 * The response with its assertion in the clear, in the place of the encrypted one. Anybody can encrypt for us, so what
 * comes out is as foreign as what came in: it goes through the same guard before any other reader sees it, and its
 * signature is checked after.
 * @throws TW_AUTH_SAML_INVALID
 */
export async function decrypted(xml: string, key: string, provider: string): Promise<string> {
  const wrong = (problem: string, cause?: unknown) =>
    fail('TW_AUTH_SAML_INVALID', { provider, problem }, cause)
  let plain: string
  try {
    const document = await parseDomFromString(xml)
    const [element, ...others] = xpath.selectElements(document, "//*[local-name()='EncryptedAssertion']")
    if (!element || others.length > 0) throw wrong('it has several encrypted assertions')
    plain = await decryptXml(element.toString(), key)
  } catch (error) {
    // Which of the steps failed is nobody's business who tries keys and paddings.
    throw wrong('its assertion cannot be decrypted', error)
  }
  const guarded = guardedXml(Buffer.from(plain).toString('base64'), provider)
  if (!/^\s*<(?:[\w-]+:)?Assertion[\s>]/.test(guarded)) throw wrong('what it encrypts is no assertion')
  return xml.replace(ENCRYPTED, () => guarded.trim())
}
