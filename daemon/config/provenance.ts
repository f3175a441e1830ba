import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { canonical } from '../../core/canonical.ts'
import { CodedError } from '../../core/errors.ts'
import type { SigmaFile } from '../../detectors/port.ts'
import type { FileSignature, Hands, Provenance } from '../../gateway/port.ts'
import { fail } from '../errors.ts'
import type { Parsed } from './parse.ts'
import { placesOfRules } from './rule-files.ts'

const WRITABLE_BY_OTHERS = 0o022
/** In a directory with it (such as /tmp) only the owner replaces a file. */
const STICKY = 0o1000

const signatureFile = z.strictObject({
  signatures: z.array(z.strictObject({ user: z.string(), at: z.iso.datetime(), value: z.string() })),
})

/** Beside the config: `tracewarden.yaml.sig`. */
export const signaturesOf = (file: string): string => `${file}.sig`

/** What `detectors.sigma` names, and what was read there. */
export interface Rules {
  paths: readonly string[]
  files: readonly SigmaFile[]
}

/** Who stands behind a config file and its rules. @throws TW_CONFIG_MISSING, TW_CONFIG_SIGNATURES */
export function provenanceOf(file: string, { paths, files }: Rules): Provenance {
  const directory = dirname(file)
  try {
    return {
      digest: digestOf(digestOfFile(file), files),
      ...handsOf(file),
      rules: placesOfRules(paths, directory).map((each) => ({
        file: each,
        ...handsOf(resolve(directory, each)),
      })),
      signatures: readSignatures(file),
    }
  } catch (error) {
    throw error instanceof CodedError ? error : fail('TW_CONFIG_MISSING', { file }, error)
  }
}

/**
 * A config and where it comes from, of the same bytes: the rules' digest is that of what was loaded.
 * @throws TW_CONFIG_MISSING, _SIGNATURES, _UNSTEADY
 */
export function readProven(file: string, read: () => Parsed): { parsed: Parsed; provenance: Provenance } {
  const before = digestOfFile(file)
  const parsed = read()
  const { sigma = [], sigmaFiles = [] } = parsed.config?.detectors ?? {}
  const provenance = provenanceOf(file, { paths: sigma, files: sigmaFiles })
  if (provenance.digest !== digestOf(before, sigmaFiles)) throw fail('TW_CONFIG_UNSTEADY', { file })
  return { parsed, provenance }
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')

/** @throws TW_CONFIG_MISSING */
function digestOfFile(file: string): string {
  try {
    return sha256(readFileSync(file))
  } catch (error) {
    throw fail('TW_CONFIG_MISSING', { file }, error)
  }
}

/** Of the config alone where it names no rules; otherwise of both, with the rules' names, which detectors have. */
const digestOf = (config: string, rules: readonly SigmaFile[]): string =>
  rules.length === 0
    ? config
    : sha256(canonical({ config, rules: rules.map(({ file, text }) => [file, sha256(text)]) }))

function handsOf(file: string): Hands {
  const { mode, uid } = statSync(file)
  // A link can be swapped where it stands, and what it leads to where that stands.
  const directories = [file, realpathSync(file)].map((each) => statSync(dirname(each)).mode)
  return {
    owner: ownerName(uid),
    open: (mode & WRITABLE_BY_OTHERS) !== 0 || directories.some(replaceable),
  }
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
