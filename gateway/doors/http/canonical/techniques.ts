import type { CodedError } from '../../../../core/errors.ts'
import { fail, type httpErrors } from '../errors.ts'

/** Ways round policy that the http door itself recognises; docs/bypass-techniques.md describes each. */
export const TECHNIQUES = [
  'absolute-target',
  'backslash',
  'control-character',
  'cross-site',
  'double-encoding',
  'duplicate-header',
  'duplicate-host',
  'empty-segment',
  'encoded-nul',
  'encoded-slash',
  'header-flood',
  'invalid-utf8',
  'method-override',
  'odd-charset',
  'path-parameter',
  'path-traversal',
  'request-smuggling',
  'token-in-url',
  'url-override-header',
] as const
export type Technique = (typeof TECHNIQUES)[number]

/** A refusal that names the technique it saw: the event lists it under `bypass`. */
export const refuse = (code: keyof typeof httpErrors, technique: Technique): CodedError =>
  fail(code, { technique, bypass: [technique] })

/** The technique an error of this or another room names, for the event. */
export const techniquesOf = (details: Readonly<Record<string, unknown>>): readonly string[] =>
  Array.isArray(details.bypass)
    ? details.bypass.filter((name): name is string => typeof name === 'string')
    : []
