import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openDirectoryBlobs } from '../../../collector/port.ts'
import { CodedError } from '../../../core/errors.ts'

const bytesOf = async (chunks: AsyncIterable<Uint8Array> | undefined) => {
  if (!chunks) return undefined
  const pieces: Uint8Array[] = []
  for await (const chunk of chunks) pieces.push(chunk)
  return Buffer.concat(pieces)
}
const keysOf = async (keys: AsyncIterable<string>) => {
  const found: string[] = []
  for await (const key of keys) found.push(key)
  return found.sort()
}
const codeOf = (act: Promise<unknown>) =>
  act.then(
    () => undefined,
    (error: unknown) => (error instanceof CodedError ? error.code : String(error)),
  )

t.test('what was put is got, replaced, listed and removed', async (t) => {
  const blobs = openDirectoryBlobs(t.testdir())
  await blobs.put('recordings/ab/one', [Buffer.from('first '), Buffer.from('second')])
  await blobs.put('recordings/ab/two.bin', [])
  t.equal(String(await bytesOf(await blobs.get('recordings/ab/one'))), 'first second')
  await blobs.put('recordings/ab/one', [Buffer.alloc(600_000, 7)])
  t.same(await bytesOf(await blobs.get('recordings/ab/one')), Buffer.alloc(600_000, 7))
  t.equal((await bytesOf(await blobs.get('recordings/ab/two.bin')))?.length, 0)
  t.same(await keysOf(blobs.list('')), ['recordings/ab/one', 'recordings/ab/two.bin'])
  t.same(await keysOf(blobs.list('recordings/ab/t')), ['recordings/ab/two.bin'])
  t.same(await keysOf(blobs.list('nothing/here/')), [])
  await blobs.remove('recordings/ab/one')
  await blobs.remove('recordings/ab/one')
  t.equal(await blobs.get('recordings/ab/one'), undefined)
})

t.test('a blob whose source fails is not there at all, and the one before it still is', async (t) => {
  const directory = t.testdir()
  const blobs = openDirectoryBlobs(directory)
  await blobs.put('a/b', [Buffer.from('old')])
  async function* source() {
    yield Buffer.from('half')
    throw new Error('cut')
  }
  t.equal(await codeOf(blobs.put('a/b', source())), 'Error: cut')
  t.equal(await codeOf(blobs.put('a/c', source())), 'Error: cut')
  t.equal(String(await bytesOf(await blobs.get('a/b'))), 'old')
  t.same(readdirSync(join(directory, 'a')), ['b'], 'nor is anything left behind')
})

t.test('keys never leave the directory', async (t) => {
  const directory = t.testdir({ inside: {} })
  const blobs = openDirectoryBlobs(join(directory, 'inside'))
  const bad = [
    '',
    '..',
    '../x',
    '/x',
    'a//b',
    'a/../b',
    'a/.hidden',
    'a/',
    'a\\b',
    'a\0b',
    'ä',
    'x'.repeat(129),
  ]
  for (const key of bad) {
    t.equal(await codeOf(blobs.put(key, [Buffer.from('x')])), 'TW_BLOB_KEY', JSON.stringify(key))
    t.equal(await codeOf(blobs.get(key)), 'TW_BLOB_KEY', JSON.stringify(key))
    t.equal(await codeOf(blobs.remove(key)), 'TW_BLOB_KEY', JSON.stringify(key))
  }
  t.equal(await codeOf(keysOf(blobs.list('../'))), 'TW_BLOB_KEY')
  t.notOk(existsSync(join(directory, 'x')))
})

t.test('a place that cannot be written is said with the system’s reason', async (t) => {
  const directory = t.testdir()
  writeFileSync(join(directory, 'file'), '')
  const blobs = openDirectoryBlobs(directory)
  t.equal(await codeOf(blobs.put('file/x', [Buffer.from('x')])), 'TW_BLOB_UNWRITABLE')
})
