import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createOnce, KeyError } from './key-file.ts'
import { type Random, systemRandom } from './random.ts'

/**
 * The machine's master secret (32 bytes in `<directory>/master`, mode 0600, made on first use) and the keys derived
 * from it by HKDF-SHA256, one for each purpose. Replicas that share a store share this file.
 */
export interface MasterKey {
  /** 32 bytes for one purpose, e.g. `cookie`, `statement-hash`, `recording/<person>`. */
  derive(purpose: string): KeyObject
}

/** @throws KeyError, or what the file system says */
export function openMasterKey(directory: string, random: Random = systemRandom): MasterKey {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, 'master')
  if (!existsSync(file)) createOnce(file, random.bytes(32), 0o600)
  const master = readFileSync(file)
  if (master.length !== 32) throw new KeyError(file, `expected 32 bytes, found ${master.length}`)
  const derived = new Map<string, KeyObject>()
  return {
    derive(purpose) {
      let key = derived.get(purpose)
      if (!key) {
        key = createSecretKey(Buffer.from(hkdfSync('sha256', master, 'tracewarden', purpose, 32)))
        derived.set(purpose, key)
      }
      return key
    },
  }
}

/** `hmac:` and the first 32 hex digits of HMAC-SHA256, the form of every keyed hash in events. */
export const keyedHash = (key: KeyObject, text: string): string =>
  `hmac:${createHmac('sha256', key).update(text).digest('hex').slice(0, 32)}`
