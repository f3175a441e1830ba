import {
  type Approvals,
  createApprovals,
  createIdentity,
  createIdentityMetrics,
  createPolicyHolder,
  type GatewayConfig,
  type IdentityMetrics,
  type IdentityService,
  type MaskingCompiler,
  type PolicyHolder,
  type Provenance,
  usualOf,
} from '../../gateway/port.ts'
import type { Config } from '../config/schema.ts'
import type { Foundation } from '../foundation.ts'

/** Who may what: identity, the policy in force, approvals. Every role that decides needs all three. */
export interface Authority {
  identity: IdentityService
  policy: PolicyHolder
  approvals: Approvals
  /** Whether suspensions are as fresh as they must be. */
  health(): { ok: boolean; detail: string }
  stop(): void
}

/** The gateway's slice of the config. */
export const gatewaySlice = (config: Config): GatewayConfig => {
  const { identity, connections, masking, policy, approvals, recording } = config
  return { identity, connections, masking, policy, approvals, recording }
}

const REFRESH = 5000

/** Identity alone, for commands beside the daemon. */
export const createPeople = (
  { config, store, keys, master, clock, random, log, emit }: Foundation,
  metrics?: IdentityMetrics,
): IdentityService =>
  createIdentity(config.identity, {
    ...(metrics && { metrics }),
    documents: store.documents,
    keyRing: keys,
    master,
    clock,
    random,
    log,
    emit,
  })

/** `masking` is shared with whoever checks a config before it comes here; `file` is where the config was read from. */
export async function startAuthority(
  base: Foundation,
  { masking, file }: { masking?: MaskingCompiler; file?: Provenance } = {},
): Promise<Authority> {
  const { config, store, keys, clock, random, log, emit } = base
  const common = { documents: store.documents, keyRing: keys, emit, log, clock }
  const identity = createPeople(base, createIdentityMetrics(base.metrics))
  await identity.start()
  const policy = await createPolicyHolder({
    ...common,
    initial: gatewaySlice(config),
    ...(masking && { masking }),
    ...(file && { file }),
  })
  const approvals = createApprovals({
    ...common,
    random,
    config: () => policy.current().config,
    person: (user) => identity.person(user),
    usual: usualOf(store, clock),
  })
  const timer = setInterval(() => {
    approvals.sweep().catch((error: unknown) => log.error({ err: error }, 'approvals: sweep failed'))
    policy.refresh().catch((error: unknown) => log.error({ err: error }, 'policy: refresh failed'))
  }, REFRESH)
  timer.unref()
  return {
    identity,
    policy,
    approvals,
    health() {
      // Nobody has this name: what is refused then is refused to everyone.
      const refusal = identity.refusal('')
      return { ok: refusal === undefined, detail: refusal?.message ?? 'suspensions are fresh' }
    },
    stop() {
      clearInterval(timer)
      identity.stop()
    },
  }
}
