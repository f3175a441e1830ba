import type { Clock } from '../../../core/clock.ts'
import { fail } from '../../errors.ts'
import type { Store } from '../store.ts'
import { asking, type Connection, connect, type ElasticsearchConfig, statusOf } from './client.ts'
import { documents } from './documents.ts'
import { events } from './events.ts'
import { documentMappings, eventMappings } from './mappings.ts'

/** The store on Elasticsearch 8.x or 9.x: plain indices and templates only, nothing that needs a licence or scripts. */
export function elasticsearchStore(config: ElasticsearchConfig, clock: Clock): Store {
  const connection = connect(config)
  return {
    init: () => asking(() => prepare(connection, config)),
    ...events(connection, clock),
    documents: documents(connection),
    ping: () =>
      asking(async () => {
        const { client, documents: index } = connection
        if (!(await client.indices.exists({ index }, { requestTimeout: 5000, maxRetries: 0 })))
          throw fail('TW_STORE_UNAVAILABLE', { reason: `the index ${index} is not there` })
      }),
    close: () => connection.client.close(),
  }
}

async function prepare(
  { client, events, documents }: Connection,
  config: ElasticsearchConfig,
): Promise<void> {
  const settings = {
    number_of_shards: 1,
    number_of_replicas: config.replicas,
  }
  await client.indices.putIndexTemplate({
    name: `${config.prefix}-events`,
    index_patterns: [events],
    priority: 200,
    template: { settings: { index: { ...settings, refresh_interval: '1s' } }, mappings: eventMappings },
  })
  try {
    await client.indices.create({ index: documents, settings, mappings: documentMappings })
  } catch (error) {
    if (statusOf(error) !== 400 || !String(error).includes('resource_already_exists_exception')) throw error
  }
}
