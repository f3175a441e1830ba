import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { StoreConfig } from '../config.ts'
import { fail } from '../errors.ts'
import { embeddedStore } from './embedded/store.ts'
import type { Store } from './store.ts'

export interface StoreDeps {
  dataDir: string
  log: Logger
  clock: Clock
}

/** Opens the configured store, ready to use. @throws TW_STORE_UNAVAILABLE, TW_STORE_REFUSED, TW_STORE_DAMAGED */
export async function openStore(config: StoreConfig, deps: StoreDeps): Promise<Store> {
  if (config.kind !== 'embedded') throw fail('TW_STORE_INVALID', { reason: config.kind })
  const store = embedded(config.file, deps)
  try {
    await store.init()
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

function embedded(configured: string | undefined, { dataDir, clock }: StoreDeps): Store {
  const file = configured ?? join(dataDir, 'store.db')
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  return embeddedStore(file, clock)
}
