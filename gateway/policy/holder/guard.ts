import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { canonical } from '../../../core/canonical.ts'
import type { ChangesConfig } from '../../config/changes.ts'

/** Where a config comes from: what `policy.changes` of the policy in force judges it by. */
export interface Provenance extends Hands {
  /** SHA-256, hex, of everything that a signature covers: the file, and the rules that it names. */
  digest: string
  /** Files and folders of rules that it names. */
  rules: readonly (Hands & { file: string })[]
  signatures: readonly FileSignature[]
}

/** In whose hands a file is. */
export interface Hands {
  /** The system's user whose file it is. */
  owner: string
  /** Group or others may write the file or its directory. */
  open: boolean
}

export interface FileSignature {
  user: string
  /** RFC 3339: an old file with its old signatures does not come back. */
  at: string
  /** Ed25519 over `signedText`, base64url. */
  value: string
}

/** What was accepted last. */
export interface Accepted {
  digest: string
  /** Of the newest signature; absent where none was asked for. */
  signedAt?: string
  by: readonly string[]
}

/** How far a signer's clock may be ahead, ms. */
const SKEW = 5 * 60_000

export const signedText = (digest: string, user: string, at: string): Buffer =>
  Buffer.from(canonical({ kind: 'tracewarden-config', digest, user, at }))

/** A public key in PEM; undefined for anything but Ed25519. */
export function signerKey(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? key : undefined
  } catch {
    return undefined
  }
}

/** Whether the rules of the policy in force accept a file; a string says why not. */
export function judgeProvenance(
  rules: ChangesConfig,
  file: Provenance,
  last: Accepted | undefined,
  now: number,
): Accepted | string {
  const wrong = rules.owners.length ? wrongHands(rules.owners, file) : undefined
  if (wrong !== undefined) return wrong
  if (rules.signatures === 0) return { digest: file.digest, by: [] }
  if (last?.digest === file.digest) return last
  const signed = new Map<string, string>()
  const stale: string[] = []
  for (const { user, at, value } of file.signatures) {
    if (!isBy(rules, file.digest, user, at, value) || Date.parse(at) > now + SKEW) continue
    if (last?.signedAt !== undefined && Date.parse(at) <= Date.parse(last.signedAt)) stale.push(user)
    else signed.set(user, at)
  }
  if (signed.size < rules.signatures) {
    const older = stale.length ? `; those of ${stale.join(', ')} are not newer than the policy in force` : ''
    return `it is signed by ${[...signed.keys()].join(', ') || 'nobody'}, and ${rules.signatures} of ${rules.signers
      .map(({ user }) => user)
      .join(', ')} must sign${older}`
  }
  const times = [...signed.values()].sort((a, b) => Date.parse(b) - Date.parse(a))
  return { digest: file.digest, signedAt: times[0]!, by: [...signed.keys()] }
}

function wrongHands(owners: readonly string[], config: Provenance): string | undefined {
  for (const { file, owner, open } of [{ ...config, file: 'the file' }, ...config.rules]) {
    if (!owners.includes(owner)) return `${file} belongs to ${owner}, not to ${owners.join(' or ')}`
    if (open) return `others than its owner may write ${file} or its directory`
  }
  return undefined
}

function isBy(rules: ChangesConfig, digest: string, user: string, at: string, value: string): boolean {
  const signature = Buffer.from(value, 'base64url')
  return rules.signers
    .filter((signer) => signer.user === user)
    .some(({ key }) => {
      const known = signerKey(key)
      return known !== undefined && verify(null, signedText(digest, user, at), known, signature)
    })
}
