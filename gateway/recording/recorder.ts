import { hash } from 'node:crypto'
import { createReadStream, mkdirSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Blobs, Documents } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { Random } from '../../core/random.ts'
import type { MasterKey } from '../../core/secrets.ts'
import { Syncer } from '../../core/syncer.ts'
import { BlockDamage, BlockSealer, encodeHeader, type Header, readHeader } from './blocks.ts'
import { Catalogue } from './catalogue.ts'
import { Descriptors } from './descriptors.ts'
import { fail, reasonOf } from './errors.ts'
import { FrameWriters } from './frames.ts'
import { PersonKeys } from './keys.ts'
import { LiveRecording } from './live.ts'
import { framesOf, openRecording, type Who } from './reading.ts'
import type { Recorder, RecordingSummary } from './recording.ts'
import { sealedBytes } from './sealing.ts'

export interface RecorderDeps {
  /** Of part files: this gateway's own. */
  directory: string
  blobs: Blobs
  documents: Documents
  master: MasterKey
  clock: Clock
  random: Random
  log: Logger
  /** Name of this gateway. */
  gateway: string
}

/** `max_session` in bytes, `retention` in ms; `sync` as the spool's: `always` for what a power cut may not take. */
export interface RecorderConfig {
  max_session: number
  retention: number
  sync?: 'group' | 'always'
}

const OPEN_FILES = 256
/** Live parts go to the disk itself this often (ms). */
const SYNC = 1000
const PART = '.part'
/** An altered part is evidence: it is set aside under this ending. */
const ASIDE = '.altered'

interface Live {
  recording: LiveRecording
  summary: RecordingSummary
  key: string
}

export function createRecorder(config: RecorderConfig, deps: RecorderDeps): Recorder {
  const { blobs, clock, log, directory } = deps
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const keys = new PersonKeys(deps)
  const catalogue = new Catalogue(deps.documents, log)
  const syncer = new Syncer()
  const descriptors = new Descriptors(OPEN_FILES, config.sync === 'always' ? undefined : syncer)
  const writers = new FrameWriters()
  const live = new Map<string, Live>()
  const sealing = new Set<string>()
  let queue: Promise<void> = Promise.resolve()
  let dirty: LiveRecording[] = []

  const timer = setInterval(() => {
    for (const { recording } of live.values())
      recording
        .sync()
        .catch((error: unknown) => log.error({ err: error }, 'recording not synced: refused from now on'))
  }, SYNC).unref()

  const partOf = (session: string) => join(directory, nameOf(session) + PART)
  const schedule = (recording: LiveRecording) => {
    if (dirty.push(recording) > 1) return
    setImmediate(() => {
      const due = dirty
      dirty = []
      for (const one of due) one.flush()
    })
  }

  /** One at a time, so that sealing never takes the machine from those who wait for an answer. */
  function later(session: string, known?: RecordingSummary): void {
    if (sealing.has(session)) return
    sealing.add(session)
    queue = queue
      .then(() => sealPart(partOf(session), known))
      .catch((error: unknown) =>
        log.warn({ err: error, session }, 'recording not sealed; tried again at the next sweep'),
      )
      .finally(() => sealing.delete(session))
  }

  /** Blob, then document, then the part goes: a crash between any two of them repeats the work, and changes nothing. */
  async function sealPart(file: string, known?: RecordingSummary): Promise<void> {
    const part = await openRecording(createReadStream(file, { highWaterMark: 1024 ** 2 }), (id) =>
      keys.find(id),
    )
    if (!part) {
      log.warn({ session: known?.session }, 'recording removed: the key of its person is gone')
      await rm(file, { force: true })
      return
    }
    const { header, who } = part
    const personKey = await keys.find(header.key)
    if (!personKey) return
    const { chunks, totals } = sealedBytes(part, personKey, deps.random.bytes(32).toString('base64'))
    await blobs.put(blobOf(header.session), chunks)
    const summary: RecordingSummary = {
      session: header.session,
      person: who.person,
      user: who.user,
      started: iso(header.started),
      ended: known?.ended ?? iso(clock.now()),
      ...totals,
      sealed: true,
      gateway: deps.gateway,
    }
    await catalogue.sealed(summary, header.key)
    if (totals.damage === 'altered') await rename(file, file.replace(/\.part$/, ASIDE))
    else await rm(file, { force: true })
    if (totals.damage) log.error({ session: header.session, damage: totals.damage }, 'recording is damaged')
  }

  async function open(session: string, person: Who, started: number): Promise<LiveRecording> {
    const key = keys.idOf(person.person)
    const personKey = await keys.ensure(key)
    const header: Header = {
      form: 'part',
      session,
      key,
      salt: deps.random.bytes(32).toString('base64'),
      started,
    }
    const encoded = encodeHeader(header)
    const file = partOf(session)
    try {
      descriptors.create(file)
    } catch (error) {
      if (reasonOf(error) === 'EEXIST') throw fail('TW_RECORDING_EXISTS')
      throw fail('TW_RECORDING_UNWRITABLE', { reason: reasonOf(error) }, error)
    }
    const summary: RecordingSummary = {
      session,
      person: person.person,
      user: person.user,
      started: iso(started),
      bytes: 0,
      frames: 0,
      sealed: false,
      gateway: deps.gateway,
    }
    const recording = new LiveRecording(file, new BlockSealer(personKey, encoded, header.salt), {
      descriptors,
      writers,
      max: config.max_session,
      always: config.sync === 'always',
      schedule,
      ended: () => {
        live.delete(session)
        later(session, { ...summary, ended: iso(clock.now()) })
      },
    })
    try {
      recording.begin(encoded, Buffer.from(JSON.stringify(person)))
    } catch (error) {
      descriptors.close(file)
      await rm(file, { force: true })
      throw error
    }
    live.set(session, { recording, summary, key })
    catalogue.opened(summary, key)
    return recording
  }

  async function partSource(session: string) {
    const size = live.get(session)?.recording.size
    const source = createReadStream(partOf(session), {
      highWaterMark: 256 * 1024,
      ...(size === undefined ? {} : { end: size - 1 }),
    })
    return await new Promise<typeof source | undefined>((resolve, reject) => {
      source.once('open', () => resolve(source))
      source.once('error', (error) =>
        reasonOf(error) === 'ENOENT'
          ? resolve(undefined)
          : reject(fail('TW_RECORDING_UNREADABLE', { reason: reasonOf(error) }, error)),
      )
    })
  }

  return {
    async open(session, person, started) {
      if (live.has(session)) throw fail('TW_RECORDING_EXISTS')
      return await open(session, { person: person.id, user: person.user }, started)
    },
    async read(session) {
      live.get(session)?.recording.flush()
      const part = await partSource(session)
      const source = part ?? (await blobs.get(blobOf(session)))
      if (!source) {
        const known = await catalogue.get(session)
        if (known && !known.sealed && known.gateway !== deps.gateway)
          throw fail('TW_RECORDING_ELSEWHERE', { gateway: known.gateway })
        return undefined
      }
      const opened = await openRecording(source, (id) => keys.find(id))
      if (!opened) return undefined
      if (opened.header.session !== session)
        throw fail('TW_RECORDING_DAMAGED', { reason: 'altered', frames: 0 })
      const sealed = opened.header.form === 'sealed'
      return {
        ...opened.who,
        started: opened.header.started,
        sealed,
        frames: framesOf(opened, !sealed),
        close: opened.close,
      }
    },
    list: (query) => catalogue.list(query),
    summary: (session) => catalogue.get(session),
    async sweep(now) {
      const current = new Set([...live.keys()].map((session) => nameOf(session) + PART))
      for (const name of await readdir(directory)) {
        if (!name.endsWith(PART) || current.has(name)) continue
        const session = await sessionOf(join(directory, name))
        if (session === undefined) log.error({ part: name }, 'part file cannot be read')
        else if (!live.has(session)) later(session)
      }
      await queue
      for await (const { session } of catalogue.olderThan(iso(now - config.retention))) {
        await blobs.remove(blobOf(session))
        await catalogue.remove(session)
      }
    },
    async erase(person) {
      const key = keys.idOf(person)
      for (const [session, one] of live) {
        if (one.key !== key) continue
        one.recording.abandon()
        live.delete(session)
        await rm(one.recording.file, { force: true })
      }
      await queue
      await keys.drop(key)
      for await (const { session } of catalogue.ofKey(key)) {
        await blobs.remove(blobOf(session))
        await catalogue.remove(session)
      }
    },
    async close() {
      clearInterval(timer)
      for (const { recording } of [...live.values()])
        await recording
          .seal()
          .catch((error: unknown) => log.warn({ err: error }, 'recording without its end'))
      await queue
      await catalogue.settled()
      await syncer.close()
    },
  }
}

/** Ids of sessions are file names already; whatever is not becomes one by its hash. */
const nameOf = (session: string): string =>
  /^[A-Za-z0-9_-]{1,100}$/.test(session) ? session : `h-${hash('sha256', session, 'hex')}`

const blobOf = (session: string): string =>
  `recordings/${hash('sha256', session, 'hex').slice(0, 2)}/${nameOf(session)}`

/** Whose part this is, as far as its header can be read. */
async function sessionOf(file: string): Promise<string | undefined> {
  try {
    const { header, close } = await readHeader(createReadStream(file))
    await close()
    return header.session
  } catch (error) {
    if (error instanceof BlockDamage) return undefined
    throw error
  }
}
