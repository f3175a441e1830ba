import { closeSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import type { EventDraft } from '../../core/event.ts'
import type { Logger } from '../../core/log.ts'
import type { Random } from '../../core/random.ts'
import type { MasterKey } from '../../core/secrets.ts'
import { Syncer } from '../../core/syncer.ts'
import { type ChainHead, genesis } from '../audit/chain.ts'
import type { SpoolConfig } from '../config.ts'
import { fail } from '../errors.ts'
import type { CollectorMetrics } from '../metrics.ts'
import { bringIn } from './aside.ts'
import { type Disk, realDisk, unhurried } from './disk.ts'
import { lockSpool } from './lock.ts'
import { openReader, PLACE } from './reader.ts'
import { type Sealed, sealer } from './seal.ts'
import { before, listSegments, recover, replaceFile, syncDirectory } from './segments.ts'
import type { Appended, Position, Spool } from './spool.ts'
import { syncedMark } from './tail.ts'
import { openWriter } from './writer.ts'

export interface SpoolDeps {
  /** Of its own; made if absent. */
  directory: string
  /** The gateway's name: its chain is `<gateway>~<six letters>`, a new one where the directory is new. */
  gateway: string
  master: MasterKey
  clock: Clock
  random: Random
  log: Logger
  metrics?: CollectorMetrics
  disk?: Disk
}

interface Entry {
  drafts: readonly EventDraft[]
  resolve(appended: readonly Appended[]): void
  reject(error: unknown): void
}

interface Waiter {
  entry: Entry
  sealed: readonly Sealed[]
  end: Position
}

/** How often the place is read anew that a collector in another process has shipped to, in ms. */
const RELOAD = 1000
/** How long after a failed sync it is tried again, in ms. */
const MEND = 500

/** Opens the spool, after a crash also: see `recover`. @throws TW_SPOOL_LOCKED, TW_SPOOL_UNWRITABLE */
export async function openSpool(config: SpoolConfig, deps: SpoolDeps): Promise<Spool> {
  mkdirSync(deps.directory, { recursive: true, mode: 0o700 })
  const unlock = lockSpool(deps.directory)
  try {
    return openLocked(config, deps, unlock)
  } catch (error) {
    unlock()
    if (error instanceof CodedError) throw error
    throw fail('TW_SPOOL_UNWRITABLE', { reason: reasonOf(error) }, error)
  }
}

function openLocked(config: SpoolConfig, deps: SpoolDeps, unlock: () => void): Spool {
  const { directory, clock, log, metrics } = deps
  const { torn, head: intact } = recover(directory)
  const found = intact && bringIn(directory, intact)
  if (torn.length)
    log.error({ torn }, 'the spool had a torn end: it was set aside, the chain goes on before it')

  let head = chainHead(deps, found)
  const sizes = listSegments(directory)
  const last = [...sizes].at(-1)
  const reader = openReader(directory)
  const start = last ? { segment: last[0], offset: last[1] } : reader.acknowledged
  const syncer = new Syncer()
  const disk = deps.disk ?? (config.sync === 'always' ? realDisk : unhurried(syncer))
  const writer = openWriter(directory, disk, config.segment, start)
  const mark = syncedMark(directory)
  mark.set(writer.synced)
  const seal = sealer(deps.master.derive('event-id'), deps.random)

  /** When the bytes from each place on were written, coarsely: for the age of the backlog. */
  let marks: { at: Position; time: number }[] = []
  if (before(reader.acknowledged, start)) marks = [{ at: reader.acknowledged, time: clock.now() }]
  let queue: Entry[] = []
  let waiters: Waiter[] = []
  let timer: NodeJS.Timeout | undefined
  let syncing: Promise<void> | undefined
  let broken: string | undefined
  let reloaded = clock.monotonic()
  const listeners = new Set<() => void>()

  const backlogBytes = () => {
    let bytes = 0
    for (const [segment, size] of sizes) {
      if (segment > reader.acknowledged.segment) bytes += size
      else if (segment === reader.acknowledged.segment) bytes += size - reader.acknowledged.offset
    }
    return Math.max(0, bytes)
  }

  const shipped = (position: Position) => {
    for (const segment of sizes.keys()) if (segment < position.segment) sizes.delete(segment)
    while (marks.length > 1 && !before(position, marks[1]!.at)) marks.shift()
    if (!before(position, writer.end)) marks = []
    metrics?.spoolBacklog.set(backlogBytes())
  }

  const flush = () => {
    const entries = queue
    queue = []
    const batch: { entry: Entry; sealed: Sealed[] }[] = []
    let next = head
    let text = ''
    for (const entry of entries) {
      try {
        const sealed = entry.drafts.map((draft) => {
          const one = seal(draft, next)
          next = one.head
          return one
        })
        batch.push({ entry, sealed })
        for (const { line } of sealed) text += `${line}\n`
      } catch (error) {
        next = batch.at(-1)?.sealed.at(-1)?.head ?? head
        entry.reject(error)
      }
    }
    const refuse = (error: CodedError) => {
      metrics?.spoolFailures.inc({ code: error.code })
      for (const { entry } of batch) entry.reject(error)
    }
    if (text === '') return
    if (broken !== undefined) return refuse(fail('TW_SPOOL_UNWRITABLE', { reason: broken }))
    const bytes = Buffer.from(text)
    let waiting = backlogBytes()
    if (waiting + bytes.length > config.max) {
      shipped(reader.reload())
      waiting = backlogBytes()
    }
    if (waiting + bytes.length > config.max)
      return refuse(fail('TW_SPOOL_FULL', { bytes: waiting, max: config.max }))
    const at = writer.end
    try {
      writer.write(bytes)
    } catch (error) {
      return refuse(fail('TW_SPOOL_UNWRITABLE', { reason: reasonOf(error) }, error))
    }
    head = next
    sizes.set(writer.end.segment, writer.end.offset)
    const now = clock.now()
    if (now - (marks.at(-1)?.time ?? 0) >= 1000 || marks.length === 0) marks.push({ at, time: now })
    for (const { entry, sealed } of batch) {
      metrics?.spoolEvents.inc(sealed.length)
      if (config.sync === 'always') waiters.push({ entry, sealed, end: writer.end })
      else entry.resolve(sealed)
    }
    if (config.sync === 'always') void sync()
    else later(config.interval)
  }

  /** A timer that fires while a sync is under way must not stay set: what was written meanwhile needs the next one. */
  const later = (ms: number) => {
    timer ??= setTimeout(() => {
      timer = undefined
      void sync()
    }, ms)
  }
  const sync = (): Promise<void> => {
    syncing ??= syncAll().finally(() => {
      syncing = undefined
    })
    return syncing
  }
  const syncAll = async () => {
    clearTimeout(timer)
    timer = undefined
    while (before(writer.synced, writer.end) || broken !== undefined) {
      const started = clock.monotonic()
      try {
        await writer.sync()
      } catch (error) {
        broken = reasonOf(error)
        log.error({ reason: broken }, 'the spool cannot be synced: nothing is released until it can')
        const refused = fail('TW_SPOOL_UNWRITABLE', { reason: broken }, error)
        for (const { entry } of waiters.splice(0)) entry.reject(refused)
        later(MEND)
        return
      }
      if (broken !== undefined) log.warn('the spool can be synced again')
      broken = undefined
      mark.set(writer.synced)
      if (started - reloaded > RELOAD) {
        reloaded = started
        shipped(reader.reload())
      }
      metrics?.spoolSync.observe((clock.monotonic() - started) / 1000)
      const done = waiters.filter(({ end }) => !before(writer.synced, end))
      waiters = waiters.filter(({ end }) => before(writer.synced, end))
      for (const { entry, sealed } of done) entry.resolve(sealed)
      for (const listener of listeners) listener()
      if (config.sync === 'group') break
    }
    if (before(writer.synced, writer.end)) later(config.interval)
  }

  return {
    append: (drafts) =>
      new Promise((resolve, reject) => {
        if (queue.push({ drafts, resolve, reject }) === 1) setImmediate(flush)
      }),
    backlog: () => ({
      bytes: backlogBytes(),
      oldest: marks.length ? Math.max(0, clock.now() - marks[0]!.time) : 0,
      ...head,
    }),
    pending: (limit) => reader.read(limit, writer.synced),
    async acknowledge(position) {
      reader.acknowledge(position)
      shipped(position)
    },
    onSynced(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      if (queue.length) flush()
      await syncing
      await sync()
      clearTimeout(timer)
      await syncer.close()
      writer.close()
      closeSync(mark.fd)
      await reader.close()
      unlock()
    },
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Goes on with the chain of this directory; begins one where there is none, or where its end was lost. */
function chainHead({ directory, gateway, random, log }: SpoolDeps, found: ChainHead | undefined): ChainHead {
  const file = join(directory, 'chain.json')
  const known: { gateway?: string; chain?: string } = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : {}
  if (known.gateway === gateway && known.chain !== undefined) {
    if (found?.chain === known.chain) return found
    if (listSegments(directory).size === 0 && !existsSync(join(directory, PLACE))) return genesis(known.chain)
    log.error({ chain: known.chain }, 'the end of the audit chain is lost: a new chain begins')
  }
  const letters = [...random.bytes(6)].map((byte) => 'abcdefghjkmnpqrstvwxyz0123456789'[byte % 32]).join('')
  const chain = `${gateway}~${letters}`
  replaceFile(file, JSON.stringify({ gateway, chain }))
  syncDirectory(directory)
  return genesis(chain)
}
