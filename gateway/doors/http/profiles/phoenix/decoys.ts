import type { Decoy } from '../../../../decoys/decoy.ts'
import type { Planting, ProfileDecoys } from '../../decoys/planting.ts'
import type { CanonicalRequest } from '../../profile.ts'
import { all, count, one } from '../request.ts'
import { listedTrace, otlpElements, spanElements } from './decoy-trace.ts'

/** What `limit` is where nobody says. */
const PAGE = 100
const PLAIN = new Set(['limit', 'cursor', 'include_spans', 'sort', 'order'])
/** Parameters beside which the spans of named traces are all of their spans. */
const BY_TRACE = new Set(['trace_id', 'limit', 'sort', 'order'])

/**
 * Decoys in Phoenix's REST answers: in the list of a project's traces, and wherever spans are asked for by trace id.
 * Lists of spans show content, and whoever reads their own project's would read the decoy too: it is not in them.
 */
export const phoenixDecoys: ProfileDecoys = {
  planting(route, request, decoys) {
    const here = decoys.filter(({ places }) => places.includes(request.params.project ?? ''))
    if (here.length === 0) return undefined
    if (route === 'phoenix.traces') return listed(request, here)
    if (route === 'phoenix.spans') return spans(request, here, spanElements)
    if (route === 'phoenix.otlp-spans') return spans(request, here, otlpElements)
    return undefined
  },
}

function listed(request: CanonicalRequest, decoys: readonly Decoy[]): Planting | undefined {
  if (request.query.some(([name]) => !PLAIN.has(name))) return undefined
  if (![undefined, 'start_time'].includes(one(request, 'sort'))) return undefined
  if (![undefined, 'desc'].includes(one(request, 'order'))) return undefined
  const withSpans = one(request, 'include_spans') === 'true'
  return {
    kind: 'listed',
    member: 'data',
    room: count('limit', one(request, 'limit')) ?? PAGE,
    isLast: ({ next_cursor: cursor }) => cursor === null || cursor === undefined,
    timeOf: ({ start_time: time }) => Date.parse(String(time)),
    elements: decoys.map((decoy) => ({
      time: decoy.time,
      print: (sibling) => listedTrace(decoy, sibling, withSpans),
    })),
  }
}

function spans(
  request: CanonicalRequest,
  decoys: readonly Decoy[],
  print: (decoy: Decoy) => string[],
): Planting | undefined {
  const ids = all(request, 'trace_id')
  const asked = decoys.filter(({ id }) => ids.includes(id))
  if (asked.length === 0) return undefined
  const known = new Set(asked.map(({ id }) => id))
  const others = ids.some((id) => !known.has(id))
  const elements = request.query.every(([name]) => BY_TRACE.has(name)) ? asked.flatMap(print) : []
  if (!others)
    return {
      kind: 'own',
      decoys: asked,
      body: `{"data":[${elements.slice(0, count('limit', one(request, 'limit')) ?? PAGE).join(',')}],"next_cursor":null}`,
    }
  const query = request.query.filter(([name, value]) => name !== 'trace_id' || !known.has(value))
  return { kind: 'beside', decoys: asked, request: { ...request, query }, member: 'data', elements }
}
