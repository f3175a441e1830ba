import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import type { CanonicalRequest } from '../profile.ts'
import { fail } from './errors.ts'
import { all, type Body, isObject, jsonBody, one } from './request.ts'

/**
 * A GraphQL request, resolved: what each response name stands for, whatever alias or fragment put it there. A response
 * name that stands for two fields is refused, since nobody could say which of them an answer holds.
 */
export interface Selected {
  /** The schema's name of the field. */
  field: string
  /** Of each place that asks for it: places under different types may differ. */
  args: readonly Readonly<Record<string, unknown>>[]
  /** Types this field was asked of (`... on Span`), where the document says. */
  on: ReadonlySet<string>
  /** By response name; empty for a leaf. */
  children: ReadonlyMap<string, Selected>
  leaf: boolean
}

export interface Operation {
  kind: 'query' | 'mutation'
  name?: string
  root: ReadonlyMap<string, Selected>
}

const MAX_FIELDS = 20_000
const DIRECTIVES = new Set(['skip', 'include', 'component'])
const refused = (reason: string, cause?: unknown) => fail('TW_PROFILE_GRAPHQL', { reason }, cause)

/** Reads POST bodies and GET queries. @throws TW_PROFILE_GRAPHQL, TW_PROFILE_BODY */
export function graphqlRequest(request: CanonicalRequest): Operation {
  const { query, operationName, variables, ...rest } = source(request)
  if (Object.hasOwn(rest, 'extensions') && rest.extensions !== null && !isEmpty(rest.extensions))
    throw refused('extensions (persisted queries) are not taken')
  if (typeof query !== 'string' || query.trim() === '') throw refused('it has no query document')
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    throw refused('operationName is not text')
  if (variables !== undefined && variables !== null && !isObject(variables))
    throw refused('variables are not an object')
  return resolve(query, operationName ?? undefined, isObject(variables) ? variables : {})
}

const isEmpty = (value: unknown) => isObject(value) && Object.keys(value).length === 0

function source(request: CanonicalRequest): Body {
  const names = ['query', 'operationName', 'variables', 'extensions', 'id', 'documentId', 'doc_id']
  if (request.method !== 'GET') {
    // Some servers read the query string as well; nobody needs both.
    if (names.some((name) => all(request, name).length)) throw refused('parameters both in URL and body')
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      throw refused('its content-type is not application/json')
    return jsonBody(request)
  }
  if (request.body.length) throw refused('GET with a body')
  const given: Record<string, unknown> = {}
  for (const name of names) {
    const value = one(request, name)
    if (value !== undefined) given[name] = name === 'variables' || name === 'extensions' ? json(value) : value
  }
  return given
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw refused('variables are not JSON', error)
  }
}

function resolve(text: string, operationName: string | undefined, variables: Body): Operation {
  let document: DocumentNode
  try {
    document = parse(text, { noLocation: true, maxTokens: 50_000 })
  } catch (error) {
    throw refused('the document does not parse', error)
  }
  const fragments = new Map<string, FragmentDefinitionNode>()
  const operations: OperationDefinitionNode[] = []
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      if (fragments.has(definition.name.value)) throw refused('a fragment is defined twice')
      fragments.set(definition.name.value, definition)
    } else if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition)
    else throw refused('it holds more than queries')
  }
  const chosen = operationName
    ? operations.filter((operation) => operation.name?.value === operationName)
    : operations
  const operation = chosen[0]
  if (!operation || chosen.length > 1) throw refused('which operation is meant is not clear')
  if (operation.operation === 'subscription') throw fail('TW_PROFILE_GRAPHQL_SUBSCRIPTION')
  checkDirectives(operation.directives)
  const defaults = Object.fromEntries(
    (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, literalOf(defaultValue, {})]] : [],
    ),
  )
  const root = new Map<string, Building>()
  new Collector(fragments, { ...defaults, ...variables }).collect(operation.selectionSet, root, undefined, [])
  const name = operation.name?.value
  return { kind: operation.operation, ...(name ? { name } : {}), root }
}

interface Building extends Selected {
  args: Readonly<Record<string, unknown>>[]
  on: Set<string>
  children: Map<string, Building>
}

class Collector {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly #variables: Body
  #fields = 0

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>, variables: Body) {
    this.#fragments = fragments
    this.#variables = variables
  }

  collect(
    set: SelectionSetNode,
    into: Map<string, Building>,
    type: string | undefined,
    spreads: readonly string[],
  ): void {
    for (const selection of set.selections) {
      checkDirectives(selection.directives)
      if (selection.kind === Kind.FIELD) this.#field(selection, into, type, spreads)
      else if (selection.kind === Kind.INLINE_FRAGMENT)
        this.collect(selection.selectionSet, into, selection.typeCondition?.name.value ?? type, spreads)
      else {
        const name = selection.name.value
        const fragment = this.#fragments.get(name)
        if (!fragment) throw refused('a fragment is missing')
        if (spreads.includes(name)) throw refused('a fragment spreads itself')
        checkDirectives(fragment.directives)
        this.collect(fragment.selectionSet, into, fragment.typeCondition.name.value, [...spreads, name])
      }
    }
  }

  #field(node: FieldNode, into: Map<string, Building>, type: string | undefined, spreads: readonly string[]) {
    if (++this.#fields > MAX_FIELDS) throw refused('it selects too many fields')
    const field = node.name.value
    const key = node.alias?.value ?? field
    const args = Object.fromEntries(
      (node.arguments ?? []).map(({ name, value }) => [name.value, literalOf(value, this.#variables)]),
    )
    let known = into.get(key)
    if (!known) {
      known = {
        field,
        args: [args],
        on: new Set(),
        children: new Map(),
        leaf: node.selectionSet === undefined,
      }
      into.set(key, known)
    } else if (known.field !== field || known.leaf !== (node.selectionSet === undefined))
      throw refused('one response name stands for two fields')
    else if (Object.keys(args).length) known.args.push(args)
    if (type) known.on.add(type)
    if (node.selectionSet) this.collect(node.selectionSet, known.children, undefined, spreads)
  }
}

function checkDirectives(directives: FieldNode['directives']): void {
  for (const { name } of directives ?? [])
    if (!DIRECTIVES.has(name.value)) throw refused(`the directive @${name.value} is not taken`)
}

function literalOf(node: ValueNode, variables: Body): unknown {
  switch (node.kind) {
    case Kind.VARIABLE:
      return variables[node.name.value]
    case Kind.LIST:
      return node.values.map((value) => literalOf(value, variables))
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map(({ name, value }) => [name.value, literalOf(value, variables)]),
      )
    case Kind.NULL:
      return null
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value)
    default:
      return node.value
  }
}
