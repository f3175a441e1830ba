import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { StoreConfig } from '../config.ts'
import { embeddedStore } from './embedded/store.ts'
import type { Store } from './store.ts'

export interface StoreDeps {
  dataDir: string
  log: Logger
  clock: Clock
}

/** Opens the configured store, ready to use. @throws TW_STORE_UNAVAILABLE, TW_STORE_REFUSED, TW_STORE_DAMAGED */
export async function openStore(config: StoreConfig, deps: StoreDeps): Promise<Store> {
  const store = config.kind === 'embedded' ? embedded(config.file, deps) : await elasticsearch(config, deps)
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

/** Loaded only where it is used: the client takes a third of a second to load. */
async function elasticsearch(config: Extract<StoreConfig, { kind: 'elasticsearch' }>, deps: StoreDeps) {
  const { elasticsearchStore } = await import('./elasticsearch/store.ts')
  return elasticsearchStore(config, deps.clock)
}
