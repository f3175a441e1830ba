import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { iso, systemClock } from '../../core/clock.ts'
import { createOnce } from '../../core/key-file.ts'
import { signedText } from '../../gateway/port.ts'
import { provenanceOf, signaturesOf } from '../config/provenance.ts'
import { rulesNamedBy } from '../config/rule-files.ts'
import { fail } from '../errors.ts'
import { data, jsonLine, message } from '../output.ts'

/**
 * `sign`: an admin's signature over the config file and its rules as they are, put beside those of others. A key that
 * is not there is made; its public half is what `policy.changes.signers` takes.
 */
export async function signCommand(options: {
  config: string
  as: string
  key: string
  json?: boolean
}): Promise<void> {
  const { key: keyFile, as: user, config: file } = options
  const fresh = !existsSync(keyFile)
  if (fresh) {
    const pair = generateKeyPairSync('ed25519')
    createOnce(keyFile, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600)
  }
  const key = readKey(keyFile)
  const rules = rulesNamedBy(file, process.env)
  const { digest, signatures } = provenanceOf(file, rules)
  const at = iso(systemClock.now())
  const value = sign(null, signedText(digest, user, at), key).toString('base64url')
  const all = [...signatures.filter((each) => each.user !== user), { user, at, value }]
  const beside = signaturesOf(file)
  writeFileSync(`${beside}.new`, `${JSON.stringify({ signatures: all }, null, 2)}\n`)
  renameSync(`${beside}.new`, beside)
  const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  const names = rules.files.map((rule) => rule.file)
  if (options.json) return jsonLine({ file: beside, user, at, digest, rules: names, key: pem })
  if (fresh) message(`Made the key ${keyFile}: keep it to yourself, off the gateway's machine.`)
  message(`${beside} now holds the signatures of ${all.map((each) => each.user).join(', ')}.`)
  if (names.length) message(`They cover its rules too: ${names.join(', ')}.`)
  message('The public key, for policy.changes.signers:')
  data(pem.trimEnd())
}

function readKey(file: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(file))
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (error) {
    throw fail('TW_CONFIG_SIGNING_KEY', { file }, error)
  }
  throw fail('TW_CONFIG_SIGNING_KEY', { file })
}
