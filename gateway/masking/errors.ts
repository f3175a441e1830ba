import { errorsOf } from '../../core/errors.ts'

/** What masking refuses. The first group is about a body: nothing more of it is released. The second is about config. */
export const maskingErrors = {
  TW_MASK_NOT_JSON: {
    status: 502,
    message: 'The backend’s answer is not valid JSON ({what} at byte {at}).',
    hint: 'It cannot be masked, so it is withheld. Ask the store’s owner, or have an admin give the route its true format.',
  },
  TW_MASK_TRUNCATED: {
    status: 502,
    message: 'The backend’s answer ends in the middle of a value (after {at} bytes).',
    hint: 'Try again; if it stays, the backend or a proxy before it cuts answers short.',
  },
  TW_MASK_TRAILING: {
    status: 502,
    message: 'The backend’s answer goes on after its JSON value (at byte {at}).',
    hint: 'It is withheld, since a client may read the rest. If the route answers one value a line, its format is ndjson.',
  },
  TW_MASK_UTF8: {
    status: 502,
    message: 'The backend’s answer is not valid UTF-8.',
    hint: 'Readers would disagree on what it says, so it is withheld. Repair the trace that holds these bytes.',
  },
  TW_MASK_DUPLICATE_KEY: {
    status: 502,
    message: 'An object in the backend’s answer has the same key twice (at byte {at}).',
    hint: 'Readers would disagree on which one counts, so it is withheld. Repair the trace that holds it.',
  },
  TW_MASK_TOO_DEEP: {
    status: 502,
    message: 'The backend’s answer nests deeper than {limit} levels.',
    hint: 'It is withheld. Ask for less of the trace at once.',
  },
  TW_MASK_TOO_MANY_KEYS: {
    status: 502,
    message: 'An object in the backend’s answer has more than {limit} keys.',
    hint: 'Duplicate keys could no longer be told in bounded memory, so it is withheld. Ask for less at once.',
  },
  TW_MASK_LONG_KEY: {
    status: 502,
    message: 'A key in the backend’s answer is longer than masking.max_string ({limit} bytes).',
    hint: 'It is withheld. Repair the trace that holds it, or raise masking.max_string.',
  },
  TW_MASK_PLAN: {
    status: 500,
    message: 'The mask plan was not made by planFor.',
    hint: 'This is a defect of the gateway; nothing was released.',
  },
  TW_MASK_NO_SIMD: {
    status: 500,
    message:
      'This machine cannot run the masking engine: WebAssembly with 128-bit SIMD is missing ({problem}).',
    hint: 'Run on a processor with SSE4.1 (x86-64, any since 2008) or arm64, and start Node without --jitless or flags that disable WebAssembly or SIMD; a virtual machine must pass the feature on.',
  },
  TW_MASK_PATH: {
    status: 500,
    message: '{where}: `{path}` is not a path: {expected}.',
    hint: 'Segments joined by `.`; `*` is one segment, `**` any number, e.g. `**.customer_id`.',
  },
  TW_MASK_PATTERN: {
    status: 500,
    message: 'masking.content.custom `{rule}`: pattern is not a regular expression ({problem}).',
    hint: 'Write a JavaScript regular expression without slashes, e.g. `ACME-[0-9]{8}`.',
  },
  TW_MASK_PATTERN_EMPTY: {
    status: 500,
    message: 'masking.content.custom `{rule}`: pattern matches the empty text.',
    hint: 'Make at least one part of it required, e.g. `[0-9]+` instead of `[0-9]*`.',
  },
  TW_MASK_PATTERN_SLOW: {
    status: 500,
    message: 'masking.content.custom `{rule}`: pattern can backtrack badly ({complexity}).',
    hint: 'Bound its repetitions and let no two neighbours match the same text, e.g. `[a-z]{1,64}` instead of `([a-z]+)+`.',
  },
  TW_MASK_UNKNOWN_RULE: {
    status: 500,
    message: '{where}: there is no built-in content rule `{rule}`.',
    hint: 'The names are in docs/content-rules.md.',
  },
  TW_MASK_DUPLICATE_NAME: {
    status: 500,
    message: 'masking: the name `{name}` is used twice.',
    hint: 'Fields, custom rules and built-in rules share one space of names, since events list them together.',
  },
  TW_MASK_EXAMPLE: {
    status: 500,
    message: 'Content rule `{rule}`: its own example {index} {problem}.',
    hint: 'A rule is registered only while its examples hold.',
  },
} as const

export const fail = errorsOf(maskingErrors)
