import type { KeyObject } from 'node:crypto'
import { Readable } from 'node:stream'
import { createInflateRaw } from 'node:zlib'
import { z } from 'zod'
import { type Block, BlockDamage, type Header, readHeader } from './blocks.ts'
import { fail } from './errors.ts'
import { FrameDecoder } from './frames.ts'
import type { Frame } from './recording.ts'

/** First block: whose recording this is. */
const who = z.looseObject({ person: z.string(), user: z.string() })
export type Who = z.infer<typeof who>

/** Last block: what there should be. `damage` is what the part already lacked when it was sealed. */
const totals = z.looseObject({
  frames: z.number(),
  bytes: z.number(),
  damage: z.enum(['cut', 'altered']).optional(),
})
export type Totals = z.infer<typeof totals>

/** How the plain bytes of a recording ended; known once they have been read to their end. */
export interface Ending {
  totals?: Totals
  damage?: 'cut' | 'altered'
}

export interface OpenRecording {
  header: Header
  who: Who
  /** Encoded frames in pieces of any size. Never throws on damage: `ending` tells. */
  plain: AsyncIterable<Uint8Array>
  ending: Ending
  close: () => Promise<void>
}

/**
 * Opens a part or a sealed recording. `keyOf` gives the person's key, undefined where it was dropped.
 * @throws TW_RECORDING_DAMAGED where not even its owner can be told.
 */
export async function openRecording(
  source: AsyncIterable<Uint8Array>,
  keyOf: (id: string) => Promise<KeyObject | undefined>,
): Promise<OpenRecording | undefined> {
  const opened = await damaged(readHeader(source))
  const { header, close } = opened
  try {
    const key = await keyOf(header.key)
    if (!key) {
      await close()
      return undefined
    }
    const blocks = opened.blocks(key)
    const owner = await ownerOf(blocks)
    const ending: Ending = {}
    const data = untilEnd(blocks, ending)
    const plain = header.form === 'part' ? data : inflated(data)
    return { header, who: owner, plain: closing(plain, close), ending, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function ownerOf(blocks: AsyncGenerator<Block>): Promise<Who> {
  const first = await damaged(blocks.next())
  if (first.done) throw fail('TW_RECORDING_DAMAGED', { reason: 'cut short', frames: 0 })
  const owner = first.value.type === 'who' ? who.safeParse(jsonOf(first.value)) : undefined
  if (!owner?.success) throw fail('TW_RECORDING_DAMAGED', { reason: 'altered', frames: 0 })
  return owner.data
}

/** The frames, and then the damage, if there is any. `live`: the end is not there yet, and that is no damage. */
export async function* framesOf(opened: OpenRecording, live: boolean): AsyncGenerator<Frame> {
  const decoder = new FrameDecoder()
  let frames = 0
  for await (const chunk of opened.plain) {
    for (const frame of decoder.push(chunk)) {
      frames++
      yield frame
    }
  }
  const damage = damageOf(opened.ending, frames, live)
  if (damage)
    throw fail('TW_RECORDING_DAMAGED', { reason: damage === 'cut' ? 'cut short' : 'altered', frames })
}

export function damageOf(ending: Ending, frames: number, live: boolean): 'cut' | 'altered' | undefined {
  if (ending.damage) return ending.damage
  if (!ending.totals) return live ? undefined : 'cut'
  return ending.totals.damage ?? (ending.totals.frames === frames ? undefined : 'altered')
}

async function* untilEnd(blocks: AsyncGenerator<Block>, ending: Ending): AsyncGenerator<Uint8Array> {
  try {
    for await (const block of blocks) {
      if (ending.totals || block.type === 'who') {
        ending.damage = 'altered'
        return
      }
      if (block.type === 'data') yield block.plain
      else {
        const parsed = totals.safeParse(jsonOf(block))
        if (parsed.success) ending.totals = parsed.data
        else ending.damage = 'altered'
      }
    }
  } catch (error) {
    if (!(error instanceof BlockDamage)) throw error
    ending.damage = error.kind
  }
}

/** Compressed bytes that stop early give what they can. */
async function* inflated(data: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw()
  const source = Readable.from(data, { objectMode: false })
  source.on('error', (error) => inflate.destroy(error))
  try {
    for await (const chunk of source.pipe(inflate)) yield chunk
  } catch (error) {
    // An unexpected end: `untilEnd` has named the damage already.
    if (!(error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR')) throw error
  } finally {
    source.destroy()
    inflate.destroy()
  }
}

async function* closing(plain: AsyncIterable<Uint8Array>, close: () => Promise<void>) {
  try {
    yield* plain
  } finally {
    await close()
  }
}

async function damaged<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof BlockDamage)) throw error
    throw fail('TW_RECORDING_DAMAGED', { reason: error.kind === 'cut' ? 'cut short' : 'altered', frames: 0 })
  }
}

function jsonOf(block: Block): unknown {
  try {
    return JSON.parse(block.plain.toString())
  } catch {
    return undefined
  }
}
