import { canonical } from '../../../../../core/canonical.ts'
import type { Action } from '../../../../policy/facts.ts'
import type { CanonicalRequest, RouteFacts, RouteResponse } from '../../profile.ts'
import { graphqlRequest, type Operation, type Selected } from '../graphql.ts'
import { factsOf, shapeText } from '../request.ts'
import { type Analysis, analyse, nameOf } from './analysis.ts'
import { TESTABLE } from './condition.ts'

/**
 * Response path → canonical path: aliases undone, list positions left out except in pages (`edges.*`), and below a
 * leaf (JSON in a string, JSON scalars) as it comes. What the document did not ask for keeps no name it could hide
 * under.
 */
export function resolver(root: ReadonlyMap<string, Selected>) {
  return (path: readonly string[]): readonly string[] => {
    if (path[0] !== 'data') return path
    const out = ['data']
    let children: ReadonlyMap<string, Selected> | undefined = root
    let field: string | undefined
    for (let i = 1; i < path.length; i++) {
      const segment = path[i]!
      if (segment === '*') {
        if (field === 'edges') out.push('*')
        continue
      }
      const selected: Selected | undefined = children?.get(segment)
      if (!selected) return [...out, 'unasked', ...path.slice(i)]
      out.push(...nameOf(selected.field, field))
      field = selected.field
      children = selected.children
      if (selected.leaf) return [...out, ...path.slice(i + 1)]
    }
    return out
  }
}

const WRITES =
  /^(create|patch|update|delete)(Span|Trace|ProjectSession|Document)(Annotation|Note)s?$|^(create|patch)Dataset\w*$|^set(Dataset|Prompt)\w*$|^(create|clone|patch)\w*Prompt\w*$/
/** Copies of traces, and models run over them. */
const EXPORTS = /^(addSpansToDataset|addExamplesToDataset|createDatasetSplitWithExamples|evaluatorPreviews)$/

function actionOf({ kind, root }: Operation, { listing, anchors }: Analysis): Action {
  if (kind === 'mutation') {
    const names = [...root.values()].map(({ field }) => field)
    if (names.some((name) => EXPORTS.test(name))) return 'export'
    return names.every((name) => WRITES.test(name)) ? 'write' : 'admin'
  }
  return anchors.length > 0 && !listing ? 'read' : 'search'
}

const KEPT = 256

/** Reads `/graphql`. Shapes are kept, so that masking compiles a page's document once. */
export function graphqlFacts(): (request: CanonicalRequest) => RouteFacts {
  const shapes = new Map<string, RouteResponse>()
  return (request) => {
    const operation = graphqlRequest(request)
    const analysis = analyse(operation)
    const { anchors, predicates, requested, collection, listing } = analysis
    const name = operation.name ?? 'anonymous'
    return factsOf({
      action: actionOf(operation, analysis),
      route: operation.kind === 'mutation' ? 'phoenix.graphql-mutation' : 'phoenix.graphql',
      collection,
      traceIds: listing || anchors.length === 0 ? undefined : anchors,
      requested,
      predicates,
      shape: shapeText(`/graphql ${name}`, request, fieldsOf(operation.root), predicates),
      logical: canonical({ route: 'phoenix.graphql', root: logicalOf(operation.root) }),
      response: responseOf(operation, analysis),
    })
  }

  function responseOf(operation: Operation, analysis: Analysis): RouteResponse {
    const { listing, structural, traceId, time, record } = analysis
    const key = JSON.stringify([listing, structural, traceId, time, record, namesOf(operation.root)])
    const known = shapes.get(key)
    if (known) return known
    const made: RouteResponse = {
      kind: 'json',
      listing,
      shape: {
        traceId,
        time,
        record,
        structural: [...structural, ...TESTABLE],
        resolve: resolver(operation.root),
      },
    }
    const oldest = shapes.keys().next().value
    if (shapes.size >= KEPT && oldest !== undefined) shapes.delete(oldest)
    shapes.set(key, made)
    return made
  }
}

const fieldsOf = (root: ReadonlyMap<string, Selected>) => [...root.values()].map(({ field }) => field)

function namesOf(children: ReadonlyMap<string, Selected>): unknown[] {
  return [...children].map(([key, { field, children }]) => [key, field, ...namesOf(children)])
}

const PAGES = new Set(['first', 'last', 'after', 'before'])

/** Fields and arguments without aliases, order or paging. */
function logicalOf(children: ReadonlyMap<string, Selected>): unknown[] {
  const told = [...children.values()].map(({ field, args, children }) => [
    field,
    args.map((given) => Object.fromEntries(Object.entries(given).filter(([name]) => !PAGES.has(name)))),
    logicalOf(children),
  ])
  return told.map((entry) => canonical(entry)).sort()
}
