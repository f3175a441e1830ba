import type { CanonicalRequest, Route, RouteFacts, RouteResponse } from '../../profile.ts'
import { compileRoutes } from '../../routes.ts'
import type { McpServer } from '../mcp/messages.ts'
import { type Body, text } from '../request.ts'
import { graphqlFacts } from './graphql.ts'
import { onlyCall } from './python.ts'
import * as shapes from './shapes.ts'

/**
 * Phoenix's `/mcp`: a few tools of its own, and `execute`, through which its REST operations and GraphQL are called. A
 * call is judged as the request it stands for, by the same routes: same names, same facts, same shapes.
 */
const OPERATIONS: Readonly<Record<string, string>> = {
  getProjects: 'projects',
  getProject: 'projects/{project_identifier}',
  listProjectTraces: 'projects/{project_identifier}/traces',
  getSpans: 'projects/{project_identifier}/spans',
  spanSearch: 'projects/{project_identifier}/spans/otlpv1',
  listProjectSessions: 'projects/{project_identifier}/sessions',
  getSession: 'sessions/{session_identifier}',
  listSpanAnnotationsBySpanIds: 'projects/{project_identifier}/span_annotations',
  listTraceAnnotationsByTraceIds: 'projects/{project_identifier}/trace_annotations',
  listSessionAnnotationsBySessionIds: 'projects/{project_identifier}/session_annotations',
  listDatasets: 'datasets',
  getDataset: 'datasets/{id}',
  getDatasetExamples: 'datasets/{id}/examples',
  getExperiment: 'experiments/{experiment_id}',
  listExperimentRuns: 'experiments/{experiment_id}/runs',
  getPrompts: 'prompts',
  listPromptVersions: 'prompts/{prompt_identifier}/versions',
  getPromptVersionLatest: 'prompts/{prompt_identifier}/latest',
  getPromptVersionByTagName: 'prompts/{prompt_identifier}/tags/{tag_name}',
  getPromptVersionByPromptVersionId: 'prompt_versions/{prompt_version_id}',
  listAnnotationConfigs: 'annotation_configs',
  getProjectAnnotationConfigs: 'projects/{project_identifier}/annotation_configs',
}
/** They tell of tools, schemas and instructions, never of traces. */
const DIRECT = new Set(['search', 'get_schema', 'tags', 'list_tools', 'load_skill', 'load_skill_reference'])
const SCHEMAS = new Set(['describeGraphqlSchema', 'describeSqlSchema'])
const WRITES = /^(?:annotate(?:Spans|Traces|Sessions|SpanDocuments)|create(?:Span|Trace|Session)Note)$/
const ADMIN = /^(?:delete|transfer|upsert|set|update|unassign)|ApiKey|User/

const plain: RouteFacts = { action: 'search', response: shapes.plain }
/** What is refused unless policy lets it: then its content is hidden. */
const closed: RouteResponse = {
  kind: 'json',
  listing: true,
  shape: { traceId: [], time: [], record: [], structural: [] },
}

export function phoenixTools(rest: readonly Route[]): McpServer {
  const table = compileRoutes({ routes: rest })
  const graphql = graphqlFacts()
  function called(tool: string, params: Body): RouteFacts | undefined {
    if (SCHEMAS.has(tool)) return plain
    if (tool === 'executeGraphqlQuery')
      return graphql(posted({ query: params.query, variables: params.variables ?? {} }))
    if (tool === 'executeGraphqlMutation')
      return graphql(posted({ query: params.mutation, variables: params.variables ?? {} }))
    // SQL over everything that is stored, on the server's side.
    if (tool === 'executeSql') return { action: 'export', route: 'phoenix.mcp-sql', response: closed }
    if (WRITES.test(tool)) return { action: 'write', route: 'phoenix.mcp-write', response: shapes.written }
    if (ADMIN.test(tool)) return { action: 'admin', route: 'phoenix.mcp-admin', response: closed }
    const request = requested(OPERATIONS[tool], params)
    const found = request && table.match('GET', request.path)
    if (!found) return undefined
    const facts = found.route.facts?.({ ...request, params: found.params }) ?? {}
    return {
      ...facts,
      action: facts.action ?? found.route.action,
      route: found.route.name,
      response: facts.response ?? found.route.response,
    }
  }
  return {
    tool(name, args) {
      if (DIRECT.has(name)) return plain
      if (name !== 'execute') return undefined
      const { tool, params } = onlyCall(text(args, 'code') ?? '')
      const facts = called(tool, params)
      return (
        facts && { ...facts, shape: facts.shape ?? `execute ${tool} ${Object.keys(params).sort().join(' ')}` }
      )
    },
    resource: () => false,
    prompt: () => false,
    clientRequests: [],
  }
}

const EMPTY: CanonicalRequest = {
  method: 'GET',
  path: '',
  params: {},
  query: [],
  headers: {},
  body: new Uint8Array(),
}

const posted = (body: Body): CanonicalRequest => ({
  ...EMPTY,
  method: 'POST',
  path: '/graphql',
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
})

/** The REST request that an operation stands for; undefined where a part of its path could be read as more than a name. */
function requested(template: string | undefined, params: Body): CanonicalRequest | undefined {
  if (template === undefined) return undefined
  const query = new Map(Object.entries(params).filter(([, value]) => value !== null))
  let odd = false
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = query.get(name)
    query.delete(name)
    if (typeof value !== 'string' || !/^[\w=+-][\w=+. -]*$/.test(value)) odd = true
    return String(value)
  })
  if (odd) return undefined
  const pairs = [...query].flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  )
  return { ...EMPTY, path: `/v1/${path}`, query: pairs }
}
