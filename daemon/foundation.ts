import { join, resolve } from 'node:path'
import { Registry } from 'prom-client'
import {
  type CollectorMetrics,
  collectorMetrics,
  openDirectoryBlobs,
  openSpool,
  openStore,
  type Spool,
  type Store,
} from '../collector/port.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import type { EventDraft } from '../core/event.ts'
import type { Logger } from '../core/log.ts'
import { type Random, systemRandom } from '../core/random.ts'
import { type MasterKey, openMasterKey } from '../core/secrets.ts'
import { type KeyRing, openKeyRing } from '../core/signing.ts'
import type { Config } from './config/schema.ts'

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
  /** Resolves when the event is on disk. */
  emit: (draft: EventDraft) => Promise<void>
  close(): Promise<void>
}

/** Opens it in order; what was opened is closed again if a later part fails. `name` is the chain's and the spool's. */
export async function openFoundation(config: Config, log: Logger, name: string): Promise<Foundation> {
  const clock = systemClock
  const random = systemRandom
  const data = resolve(config.data)
  const keyDirectory = resolve(config.keys ?? join(data, 'keys'))
  const master = openMasterKey(keyDirectory, random)
  const keys = openKeyRing(keyDirectory, config.gateway)
  const metrics = new Registry()
  const collector = collectorMetrics(metrics)
  const store = await openStore(config.store, { dataDir: data, log, clock })
  try {
    const directory = join(data, 'spool', name)
    const spool = await openSpool(config.spool, {
      directory,
      gateway: name,
      master,
      clock,
      random,
      log,
      metrics: collector,
    })
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

/** Where recordings rest. */
export const recordingBlobs = (data: string) => openDirectoryBlobs(join(data, 'recordings'))
