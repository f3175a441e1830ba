import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { SigmaFile } from '../../detectors/port.ts'

/** A rule is a page; more is a mistake. */
const LARGEST = 1024 ** 2
const MOST = 2000

export interface RuleFiles {
  files: SigmaFile[]
  /** By the index of the path that is wrong. */
  problems: { index: number; message: string }[]
}

/** Reads what `detectors.sigma` names: files, and folders of *.yml and *.yaml at any depth, in the order of names. */
export function readRuleFiles(paths: readonly string[], directory: string): RuleFiles {
  const files: SigmaFile[] = []
  const problems: RuleFiles['problems'] = []
  for (const [index, path] of paths.entries())
    try {
      const found = namesIn(path, directory)
      if (found.length === 0) problems.push({ index, message: `${path} holds no *.yml or *.yaml` })
      for (const file of found) files.push({ file, text: readFileSync(resolve(directory, file), 'utf8') })
    } catch (error) {
      problems.push({ index, message: error instanceof Error ? error.message : String(error) })
    }
  return { files, problems }
}

/** A mark that differs when one of these files was changed, added or removed. */
export function stateOfRules(paths: readonly string[], directory: string): string {
  const marks = paths.map((path) => {
    try {
      return namesIn(path, directory).map((file) => {
        const { mtimeMs, size } = statSync(resolve(directory, file))
        return `${file} ${mtimeMs} ${size}`
      })
    } catch {
      return [`${path} cannot be read`]
    }
  })
  return marks.flat().join('\n')
}

/** @throws where the path cannot be read, or holds too much */
function namesIn(path: string, directory: string): string[] {
  const whole = resolve(directory, path)
  const files = statSync(whole).isDirectory()
    ? readdirSync(whole, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.ya?ml$/i.test(name))
        .sort()
        .map((name) => join(path, name))
    : [path]
  if (files.length > MOST) throw new Error(`${path} holds more than ${MOST} files`)
  for (const file of files)
    if (statSync(resolve(directory, file)).size > LARGEST) throw new Error(`${file} is larger than 1 MiB`)
  return files
}
