import {
  approvalsConfig,
  connectionConfig,
  type GatewayConfig,
  identityConfig,
  maskingConfig,
  policyConfig,
  recordingConfig,
} from '../../../gateway/config.ts'
import type { Identity } from '../../../gateway/identity/person.ts'
import type { ResponseShape } from '../../../gateway/masking/masker.ts'
import type { DecisionInput } from '../../../gateway/policy/policy.ts'
import type { Given } from '../../../gateway/policy/rule.ts'

/** A config as the YAML would give it: defaults, one connection, and what a test says. */
export function configOf(slices: Record<string, unknown> = {}): GatewayConfig {
  return {
    identity: identityConfig.parse(slices.identity),
    connections: (Array.isArray(slices.connections) ? slices.connections : [MLFLOW]).map((c) =>
      connectionConfig.parse(c),
    ),
    masking: maskingConfig.parse(slices.masking),
    policy: policyConfig.parse(slices.policy),
    approvals: approvalsConfig.parse(slices.approvals),
    recording: recordingConfig.parse(slices.recording),
  }
}

export const MLFLOW = {
  name: 'mlflow',
  profile: 'mlflow',
  listen: '127.0.0.1:7410',
  backend: 'http://127.0.0.1:5000',
}

export const identityOf = (user: string, more: Partial<Identity['person']> = {}): Identity => ({
  person: { id: `https://id.test#${user}`, user, roles: ['ml-engineer'], kind: 'human', ...more },
  credential: { id: `tok_${user}`, kind: 'token', expires: NOW + 3600e3, authenticated: NOW },
})

export const NOW = Date.parse('2026-11-20T09:14:03.120Z')

export const shape: ResponseShape = {
  traceId: ['traces.*.trace_id'],
  time: ['traces.*.timestamp_ms'],
  record: ['traces.*'],
  structural: ['timestamp', 'traces.*.status'],
}

/** A plain read of one trace by an engineer, and what a test says. */
export function inputOf(given: Given & Omit<Partial<DecisionInput>, keyof Given> = {}): DecisionInput {
  const { request, response, window, ...rest } = given
  return {
    identity: identityOf('u1'),
    risk: 0,
    now: NOW,
    expects: { listing: request?.action === 'search', shape },
    ...rest,
    request: {
      connection: 'mlflow',
      protocol: 'http',
      action: 'read',
      route: 'mlflow.get-trace',
      predicates: [],
      shape: 'GET /api/3.0/mlflow/traces/?',
      logical: '{}',
      bypass: [],
      ...request,
    },
    ...(response && {
      response: {
        traces: 1,
        traceIds: ['t1'],
        masked: [],
        displayed: [],
        sensitive: [],
        highRisk: [],
        bytes: 4096,
        ...response,
      },
    }),
    window: { traces: 0, fresh: response ? 1 : 0, ...window },
  }
}
