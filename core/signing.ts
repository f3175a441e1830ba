import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonical } from './canonical.ts'
import { createOnce, KeyError } from './key-file.ts'

/**
 * Documents that give orders (grants, tokens, baselines, policy versions…) are signed with Ed25519 by the role
 * that decided them. The private keys live in a directory of the machine, never in the store, so whoever can
 * write to the store cannot give orders to the gateway.
 */
export interface Signed<T> {
  body: T
  signature: { key: string; value: string }
}

export interface Signer {
  sign<T>(kind: string, id: string, body: T): Signed<T>
}

export interface Verifier {
  /** The body if the signature is by a known key over exactly this kind, id and body; otherwise undefined. */
  open<T>(kind: string, id: string, signed: unknown): T | undefined
}

export type KeyRing = Signer & Verifier & { readonly keyId: string }

const message = (kind: string, id: string, body: unknown) => Buffer.from(canonical({ kind, id, body }))

/**
 * Opens the key directory: `<role>.key` (PKCS#8 PEM, mode 0600, made on first use) signs; every `*.pub` in it is
 * trusted. Replicas trust each other by having each other's `.pub` files.
 * @throws KeyError, or what the file system says
 */
export function openKeyRing(directory: string, role: string): KeyRing {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, `${role}.key`)
  if (!existsSync(file)) {
    const pair = generateKeyPairSync('ed25519')
    createOnce(file, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600)
  }
  const privateKey = readKey(file, createPrivateKey)
  const publicKey = createPublicKey(privateKey)
  const published = join(directory, `${role}.pub`)
  if (!existsSync(published)) createOnce(published, publicKey.export({ type: 'spki', format: 'pem' }), 0o644)
  const trusted = new Map<string, KeyObject>([[role, publicKey]])
  for (const name of readdirSync(directory)) {
    if (!name.endsWith('.pub') || name === `${role}.pub`) continue
    trusted.set(name.slice(0, -4), readKey(join(directory, name), createPublicKey))
  }
  return {
    keyId: role,
    sign: (kind, id, body) => ({
      body,
      signature: { key: role, value: sign(null, message(kind, id, body), privateKey).toString('base64url') },
    }),
    open<T>(kind: string, id: string, signed: unknown): T | undefined {
      const candidate = signed as Partial<Signed<T>> | null | undefined
      const signature = candidate?.signature
      if (!signature || typeof signature.value !== 'string' || candidate.body === undefined) return undefined
      const key = trusted.get(signature.key)
      if (!key) return undefined
      const value = Buffer.from(signature.value, 'base64url')
      return verify(null, message(kind, id, candidate.body), key, value) ? candidate.body : undefined
    },
  }
}

function readKey(file: string, parse: (pem: Buffer) => KeyObject): KeyObject {
  const pem = readFileSync(file)
  try {
    return parse(pem)
  } catch (error) {
    throw new KeyError(file, 'expected a key in PEM', error)
  }
}
