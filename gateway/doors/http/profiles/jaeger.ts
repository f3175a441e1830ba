import type { Action } from '../../../policy/facts.ts'
import type { Profile, Route, RouteResponse } from '../profile.ts'
import { examples } from './jaeger/examples.ts'
import { type Facts, naming, search, searchV3, single } from './jaeger/facts.ts'
import * as shapes from './jaeger/shapes.ts'

const route = (
  name: string,
  action: Action,
  response: RouteResponse,
  facts: Facts,
  ...paths: string[]
): Route[] =>
  paths.map((line) => {
    const [verb = '', path = ''] = line.split(' ')
    return {
      name: `jaeger.${name}`,
      methods: [verb],
      path,
      action,
      response,
      facts: (request) => facts(path, request),
    }
  })

const pages = [
  '/',
  '/search',
  '/trace/*',
  '/dependencies',
  '/monitor',
  '/quality-metrics',
  '/favicon.ico',
  '/static/*',
].map(
  (path): Route => ({ name: 'jaeger.page', methods: ['GET'], path, action: 'asset', response: shapes.asset }),
)

/** Jaeger's query service and pages, seen on the wire of 1.62. Its pages wait as long as the browser does. */
export const jaeger: Profile = {
  name: 'jaeger',
  title: 'Jaeger',
  hold: 20_000,
  examples,
  routes: [
    ...route('search', 'search', shapes.traceList, search, 'GET /api/traces'),
    ...route('trace', 'read', shapes.trace, single, 'GET /api/traces/:trace'),
    ...route('search-v3', 'search', shapes.otlpTraceList, searchV3, 'GET /api/v3/traces'),
    ...route('trace-v3', 'read', shapes.otlpTrace, single, 'GET /api/v3/traces/:trace'),
    ...route(
      'catalogue',
      'search',
      shapes.plain,
      naming,
      'GET /api/services',
      'GET /api/services/:service/operations',
      'GET /api/operations',
      'GET /api/dependencies',
      'GET /api/metrics/:metric',
      'GET /api/v3/services',
      'GET /api/v3/operations',
      'GET /api/v3/dependencies',
    ),
    // A copy of the trace, in another store.
    ...route('archive', 'export', shapes.trace, single, 'POST /api/archive/:trace'),
    ...pages,
  ],
}
