import type { RequestFacts } from '../../../policy/facts.ts'
import { nameless } from '../../inquiry/shown.ts'
import type { Exchange } from '../exchange.ts'
import type { Step } from '../pipeline.ts'
import { classify, UNKNOWN } from '../routes.ts'

/** What the request is to the store: the profile's route, and the facts policy needs. */
export const route: Step = (door, x) => {
  const request = x.request!
  const found = door.routes.match(request.method, request.path)
  const matched = found?.route ?? UNKNOWN
  x.route = matched
  const { method, path, query, headers, body } = request
  x.request = found ? { method, path, params: found.params, query, headers, body } : request
  const classified = classify(
    door.connection.name,
    matched,
    found?.shape ?? `${request.method} unknown`,
    x.request,
    x.headers!.bypass,
  )
  x.request = classified.request
  x.facts = scrubbed(classified.facts, x)
  x.response = classified.response
}

/** What events, reviewers and people refused are told of a request holds no secret, even if the request does. */
function scrubbed(facts: RequestFacts, x: Exchange): RequestFacts {
  const { scrub } = x.snapshot
  const { connection, protocol, action, route, collection, traceIds, requested, bypass } = facts
  return {
    connection,
    protocol,
    action,
    route,
    collection: collection === undefined ? undefined : scrub(collection),
    traceIds: traceIds?.map((id) => nameless(id, scrub)),
    requested,
    predicates: facts.predicates.map((predicate) => ({ ...predicate, field: scrub(predicate.field) })),
    shape: scrub(facts.shape),
    get logical() {
      return facts.logical
    },
    bypass,
  }
}
