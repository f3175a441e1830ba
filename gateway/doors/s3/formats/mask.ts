import { createMasker } from '../../../masking/compile.ts'
import type { Masker, MaskPlan } from '../../../masking/masker.ts'
import { CsvMasker } from './csv.ts'
import type { Format } from './sniff.ts'

/** A format's masker, and how many records went through it: each is a trace where none has an id. */
export interface ObjectMasker extends Masker {
  readonly rows: number
}

const LF = 10

/** Formats that are masked in the order of their bytes, with bounded memory. */
export function streamMasker(
  format: Exclude<Format, 'parquet' | 'pass'>,
  plan: MaskPlan,
  clean: (text: string) => boolean,
): ObjectMasker {
  if (format === 'csv' || format === 'tsv') return new CsvMasker(plan, format === 'csv' ? ',' : '\t', clean)
  return counting(createMasker(plan, format), format)
}

function counting(masker: Masker, format: 'json' | 'ndjson' | 'text'): ObjectMasker {
  let lines = 0
  let rest = false
  let array: boolean | undefined
  const count = (chunk: Uint8Array) => {
    let from = 0
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      if (at > from || rest) lines++
      rest = false
      from = at + 1
    }
    if (from < chunk.length) rest = true
  }
  return {
    observed: masker.observed,
    push(chunk) {
      if (format === 'ndjson') count(chunk)
      else array ??= startsArray(chunk)
      return masker.push(chunk)
    },
    end: () => masker.end(),
    get rows() {
      if (format === 'ndjson') return lines + (rest ? 1 : 0)
      return array ? masker.observed.records : 1
    },
  }
}

/** Whether the first character is a bracket; undefined while there was none yet. */
function startsArray(chunk: Uint8Array): boolean | undefined {
  const first = chunk.find((byte) => byte !== 32 && (byte < 9 || byte > 13))
  return first === undefined ? undefined : first === 0x5b
}
