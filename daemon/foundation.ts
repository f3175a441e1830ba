import { join, resolve } from 'node:path'
import { Registry } from 'prom-client'
import {
  type CheckpointFile,
  type CollectorMetrics,
  collectorMetrics,
  openCheckpoints,
  openDirectoryBlobs,
  openSpool,
  openStore,
  type Spool,
  type Store,
} from '../collector/port.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import type { EventDraft } from '../core/event.ts'
import { KeyError } from '../core/key-file.ts'
import type { Logger } from '../core/log.ts'
import { type Random, systemRandom } from '../core/random.ts'
import { type MasterKey, openMasterKey } from '../core/secrets.ts'
import { type KeyRing, openKeyRing } from '../core/signing.ts'
import type { Config } from './config/schema.ts'
import { fail } from './errors.ts'

/** What every process stands on, whatever its roles: keys, store, its own spool, metrics. */
export interface Foundation {
  config: Config
  /** Absolute. */
  data: string
  name: string
  clock: Clock
  random: Random
  log: Logger
  metrics: Registry
  collector: CollectorMetrics
  master: MasterKey
  keys: KeyRing
  store: Store
  spool: Spool
  /** Where the spool lies. */
  spoolDirectory: string
  /** The file of this process's checkpoints, opened on first use. */
  checkpoints: () => Promise<CheckpointFile>
  /** Resolves when the event is on disk. */
  emit: (draft: EventDraft) => Promise<void>
  close(): Promise<void>
}

/** Opens it in order; what was opened is closed again if a later part fails. `name` is the chain's and the spool's. */
export async function openFoundation(config: Config, log: Logger, name: string): Promise<Foundation> {
  const clock = systemClock
  const random = systemRandom
  const data = resolve(config.data)
  const { master, keys } = openKeys(config, data, random)
  const metrics = new Registry()
  const collector = collectorMetrics(metrics)
  const store = await openStore(config.store, { dataDir: data, log, clock })
  try {
    const spoolDirectory = join(data, 'spool', name)
    const spool = await openSpool(config.spool, {
      directory: spoolDirectory,
      gateway: name,
      master,
      clock,
      random,
      log,
      metrics: collector,
    })
    let checkpoints: Promise<CheckpointFile> | undefined
    return {
      config,
      data,
      name,
      clock,
      random,
      log,
      metrics,
      collector,
      master,
      keys,
      store,
      spool,
      spoolDirectory,
      checkpoints: () => {
        checkpoints ??= openCheckpoints(join(checkpointDirectory(data), `${name}.ndjson`), keys)
        return checkpoints
      },
      emit: async (draft) => void (await spool.append([draft])),
      async close() {
        await spool.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

function openKeys(config: Config, data: string, random: Random): { master: MasterKey; keys: KeyRing } {
  const directory = resolve(config.keys ?? join(data, 'keys'))
  try {
    return { master: openMasterKey(directory, random), keys: openKeyRing(directory, config.gateway) }
  } catch (error) {
    if (error instanceof KeyError) throw fail('TW_KEYS_INVALID', { reason: error.message }, error)
    const reason = error instanceof Error ? error.message : String(error)
    throw fail('TW_DATA_UNUSABLE', { directory, reason }, error)
  }
}

/** Each process appends to a file of its own there, `<process>.ndjson`. */
export const checkpointDirectory = (data: string): string => join(data, 'checkpoints')

/** Where recordings rest. */
export const recordingBlobs = (data: string) => openDirectoryBlobs(join(data, 'recordings'))
