import type { Step } from '../pipeline.ts'
import { classify, UNKNOWN } from '../routes.ts'

/** What the request is to the store: the profile's route, and the facts policy needs. */
export const route: Step = (door, x) => {
  const request = x.request!
  const found = door.routes.match(request.method, request.path)
  const matched = found?.route ?? UNKNOWN
  x.route = matched
  x.request = found ? { ...request, params: found.params } : request
  const classified = classify(
    door.connection.name,
    matched,
    found?.shape ?? `${request.method} unknown`,
    x.request,
    x.headers!.bypass,
  )
  x.facts = classified.facts
  x.response = classified.response
}
