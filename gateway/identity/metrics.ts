import { Counter, type Registry } from 'prom-client'
import { CodedError } from '../../core/errors.ts'
import type { Method } from './identity.ts'

export interface IdentityMetrics {
  signIns: Counter<'method' | 'outcome'>
}

export function createIdentityMetrics(registry: Registry): IdentityMetrics {
  return {
    signIns: new Counter({
      name: 'tracewarden_sign_ins_total',
      help: 'Sign-ins on pages by method (token, oidc, saml) and outcome (success, refused, error).',
      labelNames: ['method', 'outcome'],
      registers: [registry],
    }),
  }
}

/** Counts how an attempt ended: `refused` is the person's or the credential's fault, `error` ours or the provider's. */
export async function counted<T>(
  metrics: IdentityMetrics | undefined,
  method: Method,
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    const done = await attempt()
    metrics?.signIns.inc({ method, outcome: 'success' })
    return done
  } catch (error) {
    const refused = error instanceof CodedError && error.status < 500
    metrics?.signIns.inc({ method, outcome: refused ? 'refused' : 'error' })
    throw error
  }
}
