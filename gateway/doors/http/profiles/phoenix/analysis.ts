import type { Predicate } from '../../../../policy/facts.ts'
import type { Operation, Selected } from '../graphql.ts'
import { isObject } from '../request.ts'
import { conditionPredicates } from './condition.ts'
import {
  CATALOGUE_TYPES,
  CATALOGUES,
  CONDITIONS,
  HARMLESS,
  PLAIN,
  SAME_PLACE,
  SAME_TRACE,
  SORTS,
  STRUCTURAL,
  TRACE_TYPES,
} from './fields.ts'

/**
 * What a Phoenix document would show. A place in it is *anchored* if everything there belongs to one trace that the
 * request names (`node(id: "Span:…")`, `trace(traceId: …)`); content at a place that is not anchored makes the answer
 * a listing, whose content is hidden. A place is a *catalogue* if it holds names and settings only.
 */
export interface Analysis {
  listing: boolean
  /** Traces named, if all content is anchored. */
  anchors: readonly string[]
  structural: readonly string[]
  traceId: readonly string[]
  time: readonly string[]
  record: readonly string[]
  predicates: readonly Predicate[]
  /** Largest page of anything asked for. */
  requested?: number
  collection?: string
}

interface Place {
  catalogue: boolean
  anchor?: string
}

export function analyse(operation: Operation): Analysis {
  const walk = new Walk()
  walk.into(operation.root, ['data'], { catalogue: operation.kind === 'query' })
  const content = new Set(walk.content.keys())
  const places = [...walk.content.values()].flat()
  const anchors = [...new Set(places.flatMap((anchor) => anchor ?? []))]
  const one = anchors.length <= 1
  return {
    // A mutation shows what it likes under the name of a write.
    listing: operation.kind === 'mutation' ? places.length > 0 : places.includes(undefined),
    anchors,
    structural: [...walk.structural].filter((path) => !content.has(path)),
    // With several anchors an answer may name fewer traces than it shows: then the anchors count.
    traceId: one ? [...walk.traceId] : [],
    time: [...walk.time],
    record: [...walk.record],
    predicates: walk.predicates,
    ...(walk.requested === undefined ? {} : { requested: walk.requested }),
    ...(walk.projects.size ? { collection: [...walk.projects].sort().join(',') } : {}),
  }
}

/** The canonical path of a field: Phoenix's REST names for what both have. */
export function nameOf(field: string, parent: string | undefined): readonly string[] {
  if (field === 'input' || field === 'firstInput') return ['attributes', 'input']
  if (field === 'output' || field === 'lastOutput') return ['attributes', 'output']
  if (field === 'truncatedValue' && parent && /^(first)?input$|^(last)?output$/i.test(parent))
    return ['value']
  return [field]
}

class Walk {
  /** Path of content → anchors it was met under. */
  readonly content = new Map<string, (string | undefined)[]>()
  readonly structural = new Set<string>()
  readonly traceId = new Set<string>()
  readonly time = new Set<string>()
  readonly record = new Set<string>()
  readonly predicates: Predicate[] = []
  readonly projects = new Set<string>()
  requested: number | undefined

  into(
    children: ReadonlyMap<string, Selected>,
    path: readonly string[],
    place: Place,
    parent?: string,
  ): void {
    for (const selected of children.values()) {
      const here = [...path, ...nameOf(selected.field, parent)]
      for (const args of selected.args) this.#arguments(selected.field, args, place)
      if (selected.leaf) this.#leaf(selected.field, here.join('.'), place)
      else {
        const below = this.#enter(selected, place)
        const element = selected.field === 'edges' ? [...here, '*'] : here
        if (selected.field === 'edges' && !below.catalogue) this.record.add(element.join('.'))
        this.into(selected.children, element, below, selected.field)
      }
    }
  }

  #leaf(field: string, path: string, place: Place): void {
    if (STRUCTURAL.has(field) || (place.catalogue && PLAIN.has(field))) {
      this.structural.add(path)
      if (place.catalogue) {
        // Lists of names.
        this.structural.add(`${path}.*`)
        return
      }
      if (field === 'traceId') this.traceId.add(path)
      if (field === 'startTime') this.time.add(path)
      return
    }
    const met = this.content.get(path)
    if (met) met.push(place.anchor)
    else this.content.set(path, [place.anchor])
  }

  #enter(selected: Selected, place: Place): Place {
    const { field, args } = selected
    if (field === 'node' && args.some((given) => Object.hasOwn(given, 'id'))) return this.#node(args)
    const [trace, span] = [only(args, 'traceId'), only(args, 'spanId')]
    if (trace !== undefined && (field === 'trace' || field === 'getTraceByOtelId'))
      return { catalogue: false, anchor: trace }
    if (span !== undefined && field === 'getSpanByOtelId') return { catalogue: false, anchor: `span:${span}` }
    if (field === 'getProjectByName') this.projects.add(only(args, 'name') ?? 'unknown')
    if (SAME_PLACE.has(field)) return place
    if (CATALOGUES.has(field)) return { catalogue: true }
    if (place.anchor !== undefined && SAME_TRACE.has(field)) return { catalogue: false, anchor: place.anchor }
    return { catalogue: false }
  }

  /** `node(id)`: the id says of what type, in base64: `Span:12`. */
  #node(args: Selected['args']): Place {
    const id = only(args, 'id')
    const [type = '', number] =
      id === undefined ? [] : Buffer.from(id, 'base64').toString('latin1').split(':')
    if (number === undefined) return { catalogue: false }
    if (type === 'Project') this.projects.add(`Project:${number}`)
    if (CATALOGUE_TYPES.has(type)) return { catalogue: true }
    if (TRACE_TYPES.has(type)) return { catalogue: false, anchor: `${type}:${number}` }
    return { catalogue: false }
  }

  #arguments(field: string, args: Readonly<Record<string, unknown>>, place: Place): void {
    for (const [name, value] of Object.entries(args)) {
      if (value === null || value === undefined) continue
      if (name === 'first' || name === 'last')
        this.requested = Math.max(this.requested ?? 0, typeof value === 'number' ? value : 0)
      if (HARMLESS.has(name)) continue
      if (CONDITIONS.has(name) && typeof value === 'string')
        this.predicates.push(...conditionPredicates(value))
      else if (name === 'sort') this.#sort(field, value)
      else if (!(name === 'filter' && isObject(value)) && !(name === 'query' && field === 'searchResources'))
        if (!(name === 'input' && place.catalogue))
          this.predicates.push({ field: `span.**.${name}`, use: 'filter' })
    }
  }

  #sort(field: string, value: unknown): void {
    if (CATALOGUES.has(field) || !isObject(value)) return
    const operator = typeof value.dir === 'string' ? value.dir : 'asc'
    const column = typeof value.col === 'string' ? SORTS.get(value.col) : undefined
    const key = [value.evalResultKey, value.annoResultKey].find(isObject)
    if (column) this.predicates.push({ field: column, use: 'sort', operator })
    if (key || !column)
      this.predicates.push({ field: `span.annotations.${key?.name}.${key?.attr}`, use: 'sort', operator })
  }
}

/** The one value of an argument, if every place that asks gives the same. */
function only(args: Selected['args'], name: string): string | undefined {
  const values = new Set(args.map((given) => given[name]))
  const [value] = values
  return values.size === 1 && typeof value === 'string' ? value : undefined
}
