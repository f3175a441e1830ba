import type { ResponseShape } from '../../masking/masker.ts'
import type { Action, Predicate } from '../../policy/facts.ts'
import type { ProfileDecoys } from './decoys/planting.ts'

/**
 * A profile maps a backend's routes to actions and says where trace ids, times, fields, filters and paging sit. One file a
 * profile (helpers beside it), no I/O in it, registered in profiles/index.ts.
 */
export interface Profile {
  name: string
  title: string
  /** How long this backend's clients endure a held request, in ms. */
  hold: number
  /** Tried in order; the first whose method and pattern match is the route. Nothing matches: unknown, refused. */
  routes: readonly Route[]
  /** What its requests are taken for: read by people, held by a test. */
  examples: readonly ProfileExample[]
  /** How decoys stand in its answers; a store without it serves only those that somebody planted. */
  decoys?: ProfileDecoys
}

/** A request, and what the profile makes of it. */
export interface ProfileExample {
  name: string
  /** `GET /api/traces?limit=5`. */
  request: string
  body?: object
  /** `oracle`: it tests what is content, and policy refuses it. `refused`: it cannot be read. `unknown`: no route. */
  is: Action | 'oracle' | 'refused' | 'unknown'
  traceIds?: readonly string[]
}

export interface Route {
  /** `mlflow.search-traces`. */
  name: string
  methods: readonly string[]
  /** `/api/3.0/mlflow/traces/:id`; `*` as the last segment takes the rest. */
  path: string
  action: Action
  /** Reads the facts off the canonical request. @throws coded errors (malformed filter, GraphQL…): refused. */
  facts?: (request: CanonicalRequest) => RouteFacts
  response: RouteResponse
}

/** The one form of a request that policy, route matching and the backend see. */
export interface CanonicalRequest {
  method: string
  /** Decoded once, no empty, `.` or `..` segments, no `;` parameters, no encoded slashes. */
  path: string
  params: Readonly<Record<string, string>>
  /** In order, repeated names kept. */
  query: readonly (readonly [string, string])[]
  /** Lower-case names; hop-by-hop, identity and forwarding headers are gone. */
  headers: Readonly<Record<string, string>>
  /** Whole body where the route needs it; empty for none. */
  body: Uint8Array
}

export interface RouteFacts {
  /** Overrides the route's action, e.g. a GraphQL mutation. */
  action?: Action
  route?: string
  collection?: string
  traceIds?: readonly string[]
  requested?: number
  predicates?: readonly Predicate[]
  /** Literals-free shape, e.g. `POST /v1/spans select filter(llm.model_name ==) limit`. */
  shape?: string
  /** Canonical logical query without paging; a getter where it costs something: it is rarely asked for. */
  logical?: string
  bypass?: readonly string[]
  /** What the store gets in place of the client's own headers and body, where it must read them as they were judged. */
  sends?: { headers?: Readonly<Record<string, string>>; body?: Uint8Array }
  /** Where another protocol is spoken over http. */
  protocol?: 'mcp'
  /** Overrides the route's response, e.g. by GraphQL document. */
  response?: RouteResponse
}

export type RouteResponse =
  /** Masked. `listing`: content is hidden so that the store's pages keep working, and no trace counts as read. */
  | {
      kind: 'json' | 'ndjson' | 'multipart' | 'sse' | 'text'
      listing: boolean
      shape: ResponseShape
      /** A stream that ends by itself, with the answer: it is held like any other, so that approvals can be asked for. */
      ends?: boolean
    }
  /** Passed as it is: scripts, styles, images, pages, health — never trace data. Refused if its content-type is JSON. */
  | { kind: 'asset' }
