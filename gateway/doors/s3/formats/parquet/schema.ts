import type { ConvertedType, FileMetaData, SchemaElement } from 'hyparquet'

/** Types whose values the writer cannot write as they were read. */
const FOREIGN = new Set(['VARIANT', 'GEOMETRY', 'GEOGRAPHY', 'FLOAT16', 'BSON'])
const MAX_COLUMNS = 4096
const MAX_ROWS = 20_000_000

/** Why a file cannot be taken, from its footer alone; undefined: it can. */
export function problemOf(metadata: FileMetaData, limit: number): string | undefined {
  const { schema, row_groups, num_rows } = metadata
  if (schema.length > MAX_COLUMNS) return 'it has too many columns'
  if (num_rows > BigInt(MAX_ROWS) || num_rows < 0n) return 'it has too many rows'
  let unpacked = 0n
  for (const { columns } of row_groups)
    for (const { meta_data } of columns) {
      if (!meta_data) return 'a column has no description'
      unpacked += meta_data.total_uncompressed_size
      if (meta_data.num_values > BigInt(MAX_ROWS) * 4n) return 'it has too many values'
    }
  if (unpacked > BigInt(limit) * 4n) return `it unpacks to more than four times ${limit} bytes`
  for (const element of schema) {
    const { converted_type, logical_type, precision } = element
    const name = logical_type?.type ?? converted_type
    if (name !== undefined && FOREIGN.has(name)) return `it has values of type ${name}`
    if (converted_type === 'INTERVAL') return 'it has values of type INTERVAL'
    if (name === 'DECIMAL' && (precision ?? 0) > 15) return 'it has decimals of more than 15 digits'
  }
  return undefined
}

/**
 * The schema of the masked file: the same, but that what is hidden can be NULL, JSON is text (a document in which
 * something was replaced is printed as it stands), and old timestamps become new ones.
 */
export const maskedSchema = (schema: readonly SchemaElement[]): SchemaElement[] =>
  schema.map((element, i) => {
    const next: SchemaElement = { ...element }
    const leaf = element.num_children === undefined
    if (i > 0 && leaf && element.repetition_type === 'REQUIRED' && element.name !== 'key')
      next.repetition_type = 'OPTIONAL'
    if (element.converted_type === 'JSON' || element.logical_type?.type === 'JSON') {
      next.converted_type = 'UTF8'
      next.logical_type = { type: 'STRING' }
    }
    // The writer's form of this annotation is not what other readers take; the older one says the same.
    if (element.logical_type?.type === 'INTEGER') {
      const { bitWidth, isSigned } = element.logical_type
      next.converted_type ??= integer(bitWidth, isSigned)
      delete next.logical_type
    }
    if (element.type === 'INT96') {
      next.type = 'INT64'
      next.logical_type = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' }
    }
    return next
  })

const WIDTHS: Readonly<Record<number, readonly [ConvertedType, ConvertedType]>> = {
  8: ['INT_8', 'UINT_8'],
  16: ['INT_16', 'UINT_16'],
  32: ['INT_32', 'UINT_32'],
  64: ['INT_64', 'UINT_64'],
}

const integer = (bits: number, signed: boolean): ConvertedType =>
  (WIDTHS[bits] ?? WIDTHS[64])![signed ? 0 : 1]
