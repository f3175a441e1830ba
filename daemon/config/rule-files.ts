import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { SigmaFile } from '../../detectors/port.ts'
import { fail } from '../errors.ts'
import { interpolate } from './interpolate.ts'

type Env = Readonly<Record<string, string | undefined>>

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

const naming = z.looseObject({
  detectors: z.looseObject({ sigma: z.array(z.string()).optional() }).optional(),
})

/**
 * The rules that a config file names, without the rest of it: whoever signs need not have its secrets.
 * @throws TW_CONFIG_MISSING, TW_CONFIG_RULES
 */
export function rulesNamedBy(file: string, env: Env): { paths: readonly string[]; files: SigmaFile[] } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw fail('TW_CONFIG_MISSING', { file }, error)
  }
  const reasons: string[] = []
  const named = naming.safeParse(readYaml(text, (reason) => reasons.push(reason)))
  if (!named.success) reasons.push(z.prettifyError(named.error))
  const directory = dirname(file)
  const paths = (named.data?.detectors?.sigma ?? []).map((path) =>
    String(interpolate(path, directory, env, (_, reason) => reasons.push(reason))),
  )
  const { files, problems } = readRuleFiles(paths, directory)
  const [reason] = [...reasons, ...problems.map(({ message }) => message)]
  if (reason !== undefined) throw fail('TW_CONFIG_RULES', { file, reason })
  return { paths, files }
}

function readYaml(text: string, problem: (reason: string) => void): unknown {
  try {
    return parse(text, { prettyErrors: false, version: '1.2' }) ?? {}
  } catch (error) {
    problem(error instanceof Error ? error.message : String(error))
    return {}
  }
}

/** The files and folders that `detectors.sigma` names and holds: whoever may write one of them can change a rule. */
export function placesOfRules(paths: readonly string[], directory: string): string[] {
  return paths.flatMap((path) => {
    const whole = resolve(directory, path)
    const folders = statSync(whole).isDirectory()
      ? readdirSync(whole, { recursive: true, encoding: 'utf8' })
          .filter((name) => statSync(join(whole, name)).isDirectory())
          .map((name) => join(path, name))
      : []
    return [...new Set([path, ...folders, ...namesIn(path, directory)])]
  })
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
