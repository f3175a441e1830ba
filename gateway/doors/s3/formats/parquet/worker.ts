import { isUtf8 } from 'node:buffer'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type Compressors, type ParquetParsers, parquetMetadata, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { FromWorker, ToWorker } from './protocol.ts'
import { maskedSchema, problemOf } from './schema.ts'
import { merge, Typed, toJson, unwrap } from './values.ts'

/**
 * Reads a Parquet file into rows and writes the masked rows again, on a thread with a heap of its own: the file's
 * makers decide how much its pages unpack to, and only this thread ends when it is too much.
 */
const BATCH = 1000
const SLICE = 1024 * 1024

async function work(port: MessagePort, bytes: ArrayBuffer, limit: number): Promise<void> {
  const metadata = parquetMetadata(bytes, { geoparquet: false })
  const problem = problemOf(metadata, limit)
  if (problem !== undefined) throw new Error(problem)
  await ask(port, { kind: 'names', names: metadata.schema.map(({ name }) => name) })
  const schema = maskedSchema(metadata.schema)
  const columns = columnsOf(metadata.schema)
  const writer = new ByteWriter()
  const out = new ParquetWriter({ writer, schema, codec: 'SNAPPY' })
  const file = {
    byteLength: bytes.byteLength,
    slice: (start: number, end?: number) => bytes.slice(start, end),
  }
  let rowStart = 0
  let text = 0
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows)
    const rows: Record<string, unknown>[] = await parquetReadObjects({
      file,
      metadata,
      rowStart,
      rowEnd,
      utf8: false,
      geoparquet: false,
      compressors: bounded(limit * 4),
      parsers,
    })
    if (rows.length !== rowEnd - rowStart) throw new Error('it has not the rows that its footer says')
    rowStart = rowEnd
    const data = columns.map((): unknown[] => [])
    for (let at = 0; at < rows.length; at += BATCH) {
      const given = rows.slice(at, at + BATCH).map((row) => {
        const line = toJson(row)
        text += line.length
        // A dictionary holds once what stands in every row.
        if (text > limit * 4) throw new Error('its rows hold more than four times what they may')
        return line
      })
      const masked = (await ask(port, { kind: 'rows', lines: given })) ?? []
      if (masked.length !== given.length) throw new Error('a row was withheld')
      given.forEach((line, i) => {
        const row = rows[at + i]!
        const got = masked[i] ?? 'null'
        const kept = got === line ? unwrap(row) : merge(row, JSON.parse(got))
        const members = new Map(typeof kept === 'object' && kept !== null ? Object.entries(kept) : [])
        columns.forEach((name, c) => {
          data[c]!.push(members.get(name) ?? null)
        })
      })
    }
    await out.write({
      columnData: columns.map((name, i) => ({ name, data: data[i]! })),
      rowGroupSize: Math.max(1, rows.length),
    })
  }
  await out.finish()
  const whole = new Uint8Array(writer.getBuffer())
  for (let at = 0; at < whole.length; at += SLICE)
    await ask(port, { kind: 'bytes', bytes: whole.slice(at, at + SLICE) })
  send(port, { kind: 'done' })
}

/** Names of the columns at the top, in order. */
function columnsOf(schema: readonly { name: string; num_children?: number }[]): string[] {
  const names: string[] = []
  let at = 1
  const skip = () => {
    const { num_children = 0 } = schema[at++] ?? {}
    for (let i = 0; i < num_children; i++) skip()
  }
  while (at < schema.length) {
    names.push(schema[at]!.name)
    skip()
  }
  if (new Set(names).size !== names.length) throw new Error('two columns have the same name')
  return names
}

const strict = (bytes: Uint8Array): string => {
  if (!isUtf8(bytes)) throw new Error('a text is not UTF-8')
  return Buffer.from(bytes).toString('utf8')
}
const time = (raw: bigint, perMs: bigint): Typed => {
  const ms = Number(raw / perMs)
  return new Typed(raw, Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : String(raw))
}
const parsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (raw) => time(raw, 1n),
  timestampFromMicroseconds: (raw) => time(raw, 1000n),
  timestampFromNanoseconds: (raw) => time(raw, 1_000_000n),
  dateFromDays: (days) => new Typed(days, new Date(days * 86_400_000).toISOString().slice(0, 10)),
  stringFromBytes: strict,
  jsonFromBytes: strict,
  uuidFromBytes: (bytes) => new Typed(bytes, Buffer.from(bytes).toString('hex')),
}

/** A page says itself how much it unpacks to; all of them together may not be more than the limit. */
function bounded(limit: number): Compressors {
  let left = limit
  return Object.fromEntries(
    Object.entries(compressors).map(([name, unpack]) => [
      name,
      (input: Uint8Array, length: number) => {
        left -= length
        if (left < 0) throw new Error('its pages unpack to more than they may')
        return unpack(input, length)
      },
    ]),
  )
}

const send = (port: MessagePort, message: FromWorker) => port.postMessage(message)

function ask(port: MessagePort, message: FromWorker): Promise<readonly string[] | undefined> {
  return new Promise((resolve) => {
    port.once('message', (answer: ToWorker) => resolve(answer.lines))
    send(port, message)
  })
}

if (parentPort) {
  const port = parentPort
  const { bytes, limit }: { bytes: ArrayBuffer; limit: number } = workerData
  work(port, bytes, limit).catch((error: unknown) =>
    send(port, { kind: 'refused', reason: error instanceof Error ? error.message : 'it cannot be read' }),
  )
}
