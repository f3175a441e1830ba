import type { Action } from '../../../policy/facts.ts'
import type { Profile, Route, RouteResponse } from '../profile.ts'
import { examples } from './tempo/examples.ts'
import { type Facts, naming, search, series, single, tags, tagValues } from './tempo/facts.ts'
import * as shapes from './tempo/shapes.ts'

const route = (
  name: string,
  action: Action,
  response: RouteResponse,
  facts: Facts,
  ...paths: string[]
): Route[] =>
  paths.map((line) => {
    const [verbs = '', path = ''] = line.split(' ')
    return {
      name: `tempo.${name}`,
      methods: verbs.split(','),
      path,
      action,
      response,
      facts: (request) => facts(path, request),
    }
  })

/** Grafana Tempo's query API, by its documentation. Grafana waits 30 s. */
export const tempo: Profile = {
  name: 'tempo',
  title: 'Grafana Tempo',
  hold: 20_000,
  examples,
  routes: [
    ...route('search', 'search', shapes.found, search, 'GET /api/search'),
    ...route('trace', 'read', shapes.trace, single, 'GET /api/traces/:trace', 'GET /api/v2/traces/:trace'),
    ...route('tags', 'search', shapes.plain, tags, 'GET /api/search/tags', 'GET /api/v2/search/tags'),
    ...route(
      'tag-values',
      'search',
      shapes.values,
      tagValues,
      'GET /api/search/tag/:tag/values',
      'GET /api/v2/search/tag/:tag/values',
    ),
    ...route(
      'series',
      'search',
      shapes.values,
      series,
      'GET /api/metrics/query_range',
      'GET /api/metrics/query',
    ),
    ...route(
      'status',
      'search',
      shapes.text,
      naming,
      'GET /api/echo',
      'GET /ready',
      'GET /api/status/buildinfo',
    ),
    ...route(
      'admin',
      'admin',
      shapes.text,
      naming,
      'GET,POST,PUT,PATCH,DELETE /api/overrides',
      'GET,POST /flush',
      'GET,POST /shutdown',
      'GET,POST /ingester/*',
    ),
    ...route('write', 'write', shapes.text, naming, 'POST /v1/traces', 'POST /api/push'),
  ],
}
