import { errorsOf } from '../../../../core/errors.ts'

/** What a profile cannot read with certainty is refused: a backend might read it otherwise. */
export const profileErrors = {
  TW_PROFILE_BODY: {
    status: 400,
    message: 'The request body is not the JSON object this route takes ({reason})',
    hint: 'Send one JSON object in UTF-8, as the store’s own client does.',
  },
  TW_PROFILE_REPEATED: {
    status: 400,
    message: 'Parameter {name} is given more than once, or under two names',
    hint: 'Give it once: which one the store would take is not certain.',
  },
  TW_PROFILE_UNDECLARED: {
    status: 400,
    message: 'This route does not know the parameter {name}',
    hint: 'Leave it out. If the store needs it, the connection’s owner declares it at the route: under `filters` where it tests a field, `paging`, or `parameters` where it is harmless.',
  },
  TW_PROFILE_PARAMETER: {
    status: 400,
    message: 'Parameter {name} is not {expected}',
    hint: 'Correct the parameter; the store’s documentation says what it takes.',
  },
  TW_PROFILE_FILTER: {
    status: 400,
    message: 'The filter cannot be read with certainty, at character {at}: {reason}',
    hint: 'Filters are refused unless every field they test is known. Simplify it: plain comparisons joined by AND, no comments, no escapes.',
  },
  TW_PROFILE_FORMAT: {
    status: 406,
    message: 'The format {format} cannot be masked',
    hint: 'Ask for application/json, as the store’s current client does.',
  },
  TW_PROFILE_QUERY: {
    status: 403,
    message: 'This query is not on the list of those that can be judged ({place})',
    hint: 'Use plain queries, sorts and aggregations over fields that are no content; docs/backends.md lists them. Scripts, runtime fields, suggesters, highlights and query strings are never taken.',
  },
  TW_PROFILE_INDEX: {
    status: 403,
    message: 'The index {index} may not be asked for here',
    hint: 'Name indices that the connection allows (connections[].elasticsearch.indices), without exclusions, date math or remote clusters; a single document needs one index.',
  },
  TW_PROFILE_MCP: {
    status: 403,
    message: 'This MCP message is not taken: {reason}',
    hint: 'Requests of the server to the client (sampling, elicitation, roots) need connections[].mcp.client_requests; Phoenix’s execute takes one call_tool with literal arguments, returned as it is.',
  },
  TW_PROFILE_GRAPHQL: {
    status: 400,
    message: 'The GraphQL request cannot be read with certainty: {reason}',
    hint: 'Send one query document with its variables; no batches, no persisted queries, no @defer or @stream, and one field a response name.',
  },
  TW_PROFILE_GRAPHQL_SUBSCRIPTION: {
    status: 403,
    message: 'GraphQL subscriptions are refused',
    hint: 'They run models over stored data, outside what the gateway can mask. Use the store directly where you are allowed to.',
  },
} as const

export const fail = errorsOf(profileErrors)
