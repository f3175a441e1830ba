import type { Step } from '../pipeline.ts'
import { HttpFacts, UNKNOWN } from '../routes.ts'

/** What the request is to the store: the profile's route, and the facts policy needs. */
export const route: Step = (door, x) => {
  const request = x.request!
  const { method, path, query, headers, body } = request
  const found = door.routes.match(method, path)
  const matched = found?.route ?? UNKNOWN
  x.route = matched
  x.request = found ? { method, path, params: found.params, query, headers, body } : request
  const shape = found?.shape ?? `${method} unknown`
  const facts = new HttpFacts(
    door.connection.name,
    matched,
    shape,
    x.request,
    x.headers!.bypass,
    x.snapshot.scrub,
  )
  x.request = facts.request
  x.facts = facts
  x.response = facts.response
  x.routed = facts.response
  const served = door.planting ? door.decoys(x.snapshot.config).served(door.connection.name) : []
  if (served.length) x.planting = door.planting!.planting(matched.name, x.request, served)
}
