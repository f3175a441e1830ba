import type { Decoy } from '../../../../decoys/decoy.ts'
import type { Listed, Planting, ProfileDecoys } from '../../decoys/planting.ts'
import type { CanonicalRequest } from '../../profile.ts'
import { type Body, count, text, texts } from '../request.ts'
import { artifactOf, infoOf, olderInfoOf, wholeOf } from './decoy-trace.ts'
import { collectionOf, parameters } from './facts.ts'

/** What `max_results` is where nobody says. */
const PAGE = 100
/** A list by which traces are not chosen, in the order that decoys stand in. */
const PLAIN = new Set(['locations', 'experiment_ids', 'max_results', 'page_token', 'order_by', 'filter'])
const NEWEST_FIRST = /^\s*(?:attributes?\.|trace\.)?`?timestamp(?:_ms)?`?\s+desc\s*$/i

/** Decoys in MLflow's answers: lists of one experiment, and whatever is asked of a trace by its id. */
export const mlflowDecoys: ProfileDecoys = {
  planting(route, request, decoys) {
    const older = /^\/(?:ajax-)?api\/2\.0\//.test(request.path)
    switch (route) {
      case 'mlflow.search-traces':
        return request.path.endsWith('/unified-traces') ? undefined : listed(request, decoys, older)
      case 'mlflow.batch-get-traces':
        return several(request, decoys, 'traces', wholeOf)
      case 'mlflow.trace-infos':
        return several(request, decoys, 'trace_infos', infoOf)
      case 'mlflow.get-trace':
        return single(request, decoys, (decoy) => `{"trace":${wholeOf(decoy)}}`)
      case 'mlflow.trace-artifact':
        return single(request, decoys, artifactOf)
      case 'mlflow.trace-info':
        return single(request, decoys, (decoy) =>
          older ? `{"trace_info":${olderInfoOf(decoy)}}` : `{"trace":{"trace_info":${infoOf(decoy)}}}`,
        )
      default:
        return undefined
    }
  },
}

function listed(request: CanonicalRequest, decoys: readonly Decoy[], older: boolean): Listed | undefined {
  const body = parameters(request)
  const here = decoys.filter(({ places }) => places.includes(collectionOf(body, request.params) ?? ''))
  if (here.length === 0 || !isPlain(body)) return undefined
  return {
    kind: 'listed',
    member: 'traces',
    room: count('max_results', body.max_results) ?? PAGE,
    isLast: ({ next_page_token: token }) => token === undefined || token === '',
    timeOf: ({ request_time: time, timestamp_ms: ms }) =>
      typeof time === 'string' ? Date.parse(time) : Number(ms ?? 0),
    elements: here.map((decoy) => ({
      time: decoy.time,
      print: () => (older ? olderInfoOf(decoy) : infoOf(decoy)),
    })),
  }
}

function isPlain(body: Body): boolean {
  const chosen = Object.keys(body).some((name) => !PLAIN.has(name))
  return (
    !chosen && !text(body, 'filter')?.trim() && texts(body, 'order_by').every((by) => NEWEST_FIRST.test(by))
  )
}

function several(
  request: CanonicalRequest,
  decoys: readonly Decoy[],
  member: string,
  print: (decoy: Decoy) => string,
): Planting | undefined {
  const ids = texts(parameters(request), 'trace_ids')
  const asked = decoys.filter(({ id }) => ids.includes(id))
  if (asked.length === 0) return undefined
  const elements = asked.map(print)
  const known = new Set(asked.map(({ id }) => id))
  if (ids.every((id) => known.has(id)))
    return { kind: 'own', decoys: asked, body: `{${JSON.stringify(member)}:[${elements.join(',')}]}` }
  return { kind: 'beside', decoys: asked, request: without(request, known), member, elements }
}

/** The same request for the traces that the store has. */
function without(request: CanonicalRequest, known: ReadonlySet<string>): CanonicalRequest {
  if (request.body.length === 0)
    return {
      ...request,
      query: request.query.filter(([name, value]) => name !== 'trace_ids' || !known.has(value)),
    }
  const body = parameters(request)
  const trace_ids = texts(body, 'trace_ids').filter((id) => !known.has(id))
  return { ...request, body: Buffer.from(JSON.stringify({ ...body, trace_ids })) }
}

function single(
  request: CanonicalRequest,
  decoys: readonly Decoy[],
  print: (decoy: Decoy) => string,
): Planting | undefined {
  const body = parameters(request)
  const id = request.params.trace ?? text(body, 'trace_id') ?? text(body, 'request_id')
  const decoy = decoys.find((each) => each.id === id)
  return decoy && { kind: 'own', decoys: [decoy], body: print(decoy) }
}
