import type { Dirent } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CodedError } from '../../core/errors.ts'
import { type Random, systemRandom } from '../../core/random.ts'
import type { Blobs } from './blobs.ts'
import { fail } from './errors.ts'

/** No empty, hidden or dotted segments: a key never leaves the directory and never names a half-written file. */
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}(\/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}){0,7}$/
const PREFIX = /^([A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}\/){0,7}([A-Za-z0-9_-][A-Za-z0-9_.-]{0,127})?$/
/** Half-written files; left by a crash, they are never listed. */
const TEMPORARY = '.part-'

/**
 * Blobs as files under `directory`. A blob is written to a file beside its place, synced, and renamed, and the directory
 * is synced: after a power cut it is there whole or not at all.
 * @throws TW_BLOB_KEY, TW_BLOB_UNWRITABLE, TW_BLOB_UNREADABLE
 */
export function openDirectoryBlobs(directory: string, random: Random = systemRandom): Blobs {
  const fileOf = (key: string) => {
    if (!KEY.test(key)) throw fail('TW_BLOB_KEY')
    return join(directory, key)
  }
  return {
    async put(key, chunks) {
      const file = fileOf(key)
      const temporary = join(dirname(file), `${TEMPORARY}${random.bytes(12).toString('hex')}`)
      try {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 })
        await writeSynced(temporary, chunks)
        await rename(temporary, file)
        await syncDirectory(dirname(file))
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined)
        throw coded(error, 'TW_BLOB_UNWRITABLE')
      }
    },
    async get(key) {
      const file = fileOf(key)
      try {
        const handle = await open(file, 'r')
        return handle.createReadStream({ highWaterMark: 256 * 1024 })
      } catch (error) {
        if (reasonOf(error) === 'ENOENT') return undefined
        throw coded(error, 'TW_BLOB_UNREADABLE')
      }
    },
    async remove(key) {
      try {
        await rm(fileOf(key), { force: true })
      } catch (error) {
        throw coded(error, 'TW_BLOB_UNWRITABLE')
      }
    },
    async *list(prefix) {
      if (!PREFIX.test(prefix)) throw fail('TW_BLOB_KEY')
      const folder = prefix.includes('/') ? prefix.slice(0, prefix.lastIndexOf('/') + 1) : ''
      for await (const key of walk(directory, folder)) if (key.startsWith(prefix)) yield key
    },
  }
}

async function writeSynced(file: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const handle = await open(file, 'wx', 0o600)
  try {
    for await (const chunk of chunks) {
      // A file handle may write less than asked when the disk runs full.
      for (let done = 0; done < chunk.length; ) done += (await handle.write(chunk, done)).bytesWritten
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncDirectory(directory: string) {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Keys below `folder` (empty, or ending in `/`), in the order of their names. */
async function* walk(directory: string, folder: string): AsyncIterable<string> {
  let entries: Dirent[]
  try {
    entries = await readdir(join(directory, folder), { withFileTypes: true })
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return
    throw coded(error, 'TW_BLOB_UNREADABLE')
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) yield* walk(directory, `${folder}${entry.name}/`)
    else if (entry.isFile()) yield folder + entry.name
  }
}

/** What the system calls it (ENOSPC, EACCES…): safe to show, unlike its message, which holds paths. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'

/** Errors of the source of the bytes pass as they are. */
function coded(error: unknown, code: 'TW_BLOB_UNWRITABLE' | 'TW_BLOB_UNREADABLE'): unknown {
  if (error instanceof CodedError || !(error instanceof Error && 'syscall' in error)) return error
  return fail(code, { reason: reasonOf(error) }, error)
}
