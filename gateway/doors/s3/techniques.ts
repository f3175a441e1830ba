import type { CodedError } from '../../../core/errors.ts'
import { fail, type s3Errors } from './errors.ts'

/** Ways round policy that the S3 door itself recognises; docs/bypass-techniques.md describes each. */
export const S3_TECHNIQUES = [
  'absolute-target',
  'backslash',
  'chunk-forgery',
  'control-character',
  'double-encoding',
  'duplicate-header',
  'duplicate-parameter',
  'empty-segment',
  'encoded-slash',
  'header-flood',
  'invalid-utf8',
  'listing-oracle',
  'method-override',
  'path-traversal',
  'presigned-link',
  'response-override',
  'server-side-copy',
  'signature-scope',
  'unsigned-header',
  'url-override-header',
  'xml-bomb',
] as const
export type Technique = (typeof S3_TECHNIQUES)[number]

/** A refusal that names the technique it saw: the event lists it under `bypass`. */
export const refuse = (
  code: keyof typeof s3Errors,
  technique: Technique,
  details: Readonly<Record<string, unknown>> = {},
): CodedError => fail(code, { technique, bypass: [technique], ...details })

/** The technique an error of this or another room names, for the event. */
export const techniquesOf = (details: Readonly<Record<string, unknown>>): readonly string[] =>
  Array.isArray(details.bypass)
    ? details.bypass.filter((name): name is string => typeof name === 'string')
    : []
