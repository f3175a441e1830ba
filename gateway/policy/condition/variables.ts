import type { DecisionInput } from '../policy.ts'

/**
 * What a CEL condition may look at. docs/policy-guide.md lists these names; a test holds the two together. Missing
 * is never flattering: no limit named is no limit, a missing time is the oldest.
 */
export const VARIABLES = {
  request: {
    action: 'string',
    route: 'string',
    connection: 'string',
    protocol: 'string',
    collection: 'string',
    requested: 'int',
    traces: 'int',
    predicates: 'list<map<string, string>>',
    shape: 'string',
    listing: 'bool',
    bypass: 'list<string>',
  },
  response: {
    traces: 'int',
    fields: 'list<string>',
    masked: 'list<string>',
    sensitive: 'list<string>',
    high_risk: 'list<string>',
    bytes: 'int',
    oldest_days: 'double',
    newest_days: 'double',
  },
  user: {
    id: 'string',
    email: 'string',
    roles: 'list<string>',
    team: 'string',
    kind: 'string',
    actor: 'string',
    credential: 'string',
    risk: 'double',
  },
  window: { traces: 'int', fresh: 'int' },
} as const

const DAY = 86400e3

/** The values, in CEL's types (int is bigint). Pure. */
export function variablesOf(input: DecisionInput) {
  const { request, response, identity, window } = input
  const { person, credential } = identity
  return {
    request: {
      action: request.action,
      route: request.route,
      connection: request.connection,
      protocol: request.protocol,
      collection: request.collection ?? '',
      requested: int(request.requested ?? request.traceIds?.length ?? Number.MAX_SAFE_INTEGER),
      traces: int(request.traceIds?.length ?? 0),
      predicates: request.predicates.map(({ field, use, operator }) => ({
        field,
        use,
        operator: operator ?? '',
      })),
      shape: request.shape,
      listing: input.expects?.listing ?? request.action === 'search',
      bypass: request.bypass,
    },
    ...(response && {
      response: {
        traces: int(response.traces),
        fields: response.displayed,
        masked: response.masked,
        sensitive: response.sensitive,
        high_risk: response.highRisk,
        bytes: int(response.bytes),
        oldest_days: days(response.traces, response.oldest, input.now),
        newest_days: days(response.traces, response.newest, input.now),
      },
    }),
    user: {
      id: person.user,
      email: person.email ?? '',
      roles: person.roles,
      team: person.team ?? '',
      kind: person.kind,
      actor: identity.actor ?? '',
      credential: credential.kind,
      risk: input.risk,
    },
    window: { traces: int(window.traces), fresh: int(window.fresh) },
    now: new Date(input.now),
  }
}

const int = (n: number) => BigInt(Math.ceil(n))

/** Age in days. A missing time is the epoch; what shows no trace has no age. */
const days = (traces: number, time: number | undefined, now: number) =>
  traces === 0 && time === undefined ? 0 : Math.max(0, (now - (time ?? 0)) / DAY)
