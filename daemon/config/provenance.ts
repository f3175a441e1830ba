import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { FileSignature, Provenance } from '../../gateway/port.ts'
import { fail } from '../errors.ts'
import type { Parsed } from './parse.ts'

const WRITABLE_BY_OTHERS = 0o022
/** In a directory with it (such as /tmp) only the owner replaces a file. */
const STICKY = 0o1000

const signatureFile = z.strictObject({
  signatures: z.array(z.strictObject({ user: z.string(), at: z.iso.datetime(), value: z.string() })),
})

/** Beside the config: `tracewarden.yaml.sig`. */
export const signaturesOf = (file: string): string => `${file}.sig`

/** Who stands behind a config file. @throws TW_CONFIG_MISSING, TW_CONFIG_SIGNATURES */
export function provenanceOf(file: string): Provenance {
  let content: Buffer
  let mode: number
  let uid: number
  let directories: number[]
  try {
    content = readFileSync(file)
    ;({ mode, uid } = statSync(file))
    // A link can be swapped where it stands, and what it leads to where that stands.
    directories = [file, realpathSync(file)].map((each) => statSync(dirname(each)).mode)
  } catch (error) {
    throw fail('TW_CONFIG_MISSING', { file }, error)
  }
  return {
    digest: createHash('sha256').update(content).digest('hex'),
    owner: ownerName(uid),
    open: (mode & WRITABLE_BY_OTHERS) !== 0 || directories.some(replaceable),
    signatures: readSignatures(file),
  }
}

/** A config and where it comes from, of the same bytes. @throws TW_CONFIG_MISSING, _SIGNATURES, _UNSTEADY */
export function readProven(file: string, read: () => Parsed): { parsed: Parsed; provenance: Provenance } {
  const provenance = provenanceOf(file)
  const parsed = read()
  if (provenanceOf(file).digest !== provenance.digest) throw fail('TW_CONFIG_UNSTEADY', { file })
  return { parsed, provenance }
}

const replaceable = (mode: number) => (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0

/** @throws TW_CONFIG_SIGNATURES */
function readSignatures(file: string): FileSignature[] {
  const beside = signaturesOf(file)
  if (!existsSync(beside)) return []
  try {
    return signatureFile.parse(JSON.parse(readFileSync(beside, 'utf8'))).signatures
  } catch (error) {
    throw fail('TW_CONFIG_SIGNATURES', { file: beside }, error)
  }
}

/** The name of a system user; the number where the machine does not know it. */
function ownerName(uid: number): string {
  const self = userInfo()
  if (self.uid === uid) return self.username
  try {
    const entry = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .find((fields) => fields[2] === String(uid))
    return entry?.[0] ?? String(uid)
  } catch {
    return String(uid)
  }
}
