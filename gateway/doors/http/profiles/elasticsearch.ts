import type { ElasticsearchOptions } from '../../../config.ts'
import type { Profile } from '../profile.ts'
import { examples } from './elasticsearch/examples.ts'
import { routesOf } from './elasticsearch/routes.ts'

/**
 * Elasticsearch as a trace store, seen on the wire of 8.19: an allow-list of endpoints, of members of request bodies, of
 * kinds of queries and aggregations. Its clients wait 30 s or longer.
 */
export const elasticsearchProfile = (options: ElasticsearchOptions): Profile => ({
  name: 'elasticsearch',
  title: 'Elasticsearch 8',
  hold: 20_000,
  routes: routesOf(options),
  examples,
})
