import type { DecisionInput } from './policy.ts'

/**
 * Whether the grant covers what is known so far: as many traces as approved and no others, the content as it was
 * seen then, no other high-risk field. Before the answer is known only the ids named can be compared; the decision is
 * taken again, on everything, before release.
 */
export function covers({ grant, request, response }: DecisionInput): boolean {
  if (!grant) return false
  const ids = response?.traceIds ?? request.traceIds ?? []
  if (grant.traceIds) {
    const approved = new Set(grant.traceIds)
    if (!ids.every((id) => approved.has(id))) return false
  } else if (response && response.traces > 0 && ids.length === 0) {
    // Given for a number of traces: those without an id could not be counted over its uses.
    return false
  }
  if (!response) return ids.length <= grant.maxTraces
  if (grant.content !== undefined && grant.content !== response.content) return false
  const fields = new Set(grant.fields)
  return response.traces <= grant.maxTraces && response.highRisk.every((field) => fields.has(field))
}
