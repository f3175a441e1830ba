import type { KeyObject } from 'node:crypto'
import { Readable } from 'node:stream'
import { createDeflateRaw } from 'node:zlib'
import { BlockSealer, encodeHeader, type Header } from './blocks.ts'
import { FrameDecoder } from './frames.ts'
import { damageOf, type OpenRecording, type Totals } from './reading.ts'

/** Traces compress well at any level; a low one keeps sealing cheap. */
const LEVEL = 3

/** A part as the bytes of its sealed blob. `totals` is complete when the bytes are. */
export function sealedBytes(
  part: OpenRecording,
  personKey: KeyObject,
  salt: string,
): { chunks: AsyncIterable<Uint8Array>; totals: Totals } {
  const totals: Totals = { frames: 0, bytes: 0 }
  const header: Header = { ...part.header, form: 'sealed', salt }
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const encoded = encodeHeader(header)
    const sealer = new BlockSealer(personKey, encoded, salt)
    yield encoded
    yield* sealer.next('who', [Buffer.from(JSON.stringify(part.who))])
    const source = Readable.from(counted(part, totals), { objectMode: false })
    const deflate = createDeflateRaw({ level: LEVEL, chunkSize: 256 * 1024 })
    source.on('error', (error) => deflate.destroy(error))
    try {
      for await (const piece of source.pipe(deflate)) yield* sealer.next('data', [piece])
    } finally {
      source.destroy()
      deflate.destroy()
    }
    yield* sealer.next('end', [Buffer.from(JSON.stringify(totals))])
  }
  return { chunks: chunks(), totals }
}

async function* counted(part: OpenRecording, totals: Totals): AsyncGenerator<Uint8Array> {
  const decoder = new FrameDecoder()
  for await (const chunk of part.plain) {
    totals.bytes += chunk.length
    for (const _ of decoder.push(chunk)) totals.frames++
    yield chunk
  }
  const damage = damageOf(part.ending, totals.frames, false)
  if (damage) totals.damage = damage
}
