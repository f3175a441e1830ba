import type { Documents } from '../../../collector/port.ts'
import type { Clock } from '../../../core/clock.ts'
import { CodedError } from '../../../core/errors.ts'
import type { EventDraft } from '../../../core/event.ts'
import type { Logger } from '../../../core/log.ts'
import type { KeyRing } from '../../../core/signing.ts'
import type { GatewayConfig } from '../../config.ts'
import { policyHash } from '../compile.ts'
import { type MaskingCompiler, rememberMasking } from '../compile-masking.ts'
import { fail } from '../errors.ts'
import { lintPolicy } from '../lint/lint.ts'
import type { Snapshot } from '../policy.ts'
import type { Problem } from '../problem.ts'
import { tamperEvent } from './events.ts'
import type { Provenance } from './guard.ts'
import { type Arriving, createInstaller } from './install.ts'
import { createVersionStore } from './version.ts'

/**
 * Holds the policy in force. A *version* counts up, for all replicas, by compare-and-set on one signed document; a
 * gateway that holds an older version of another policy is *stale* and refuses everything until its config follows.
 */
export interface PolicyHolder {
  /** What decides now. */
  current(): Snapshot
  /**
   * Takes a new config whole, or keeps the old one and says why. `by` is who asks, judged by the policy in force;
   * a file by its owner and signatures, as `policy.changes` in force asks.
   */
  replace(config: GatewayConfig, change: Arriving): Promise<Replaced>
  /** Looks whether another replica changed policy; called every few seconds. Does not reject. */
  refresh(): Promise<void>
}

export type Replaced =
  | { snapshot: Snapshot; problems: readonly [] }
  | { snapshot?: undefined; problems: readonly [Problem, ...Problem[]] }

export interface PolicyHolderDeps {
  initial: GatewayConfig
  /** The file that `initial` was read from. */
  file?: Provenance
  documents: Documents
  keyRing: KeyRing
  /** Resolves when the event is on disk. */
  emit: (draft: EventDraft) => Promise<void>
  log: Logger
  clock: Clock
  /** Shared with whoever checked the config before, so that masking is compiled once. */
  masking?: MaskingCompiler
}

/**
 * @throws TW_POLICY_INVALID, TW_POLICY_VERSION_FORGED, TW_STORE_UNAVAILABLE…: without a policy that is valid, counted
 * and recorded, nothing starts.
 */
export async function createPolicyHolder(deps: PolicyHolderDeps): Promise<PolicyHolder> {
  const { emit, log, clock } = deps
  const versions = createVersionStore(deps.documents, deps.keyRing)
  const masking = deps.masking ?? rememberMasking()
  const { install } = createInstaller({ versions, emit, log, clock, masking })
  /** What was recorded as tampering, so that a file that stays wrong is one attempt. */
  let told = ''
  const wrongHand = async (error: unknown, file: Provenance | undefined, policy: string) => {
    if (!file || !(error instanceof CodedError) || error.code !== 'TW_POLICY_WRONG_HAND') return
    const attempt = `${file.digest} ${error.message}`
    if (attempt !== told) await emit(tamperEvent(clock, { owner: file.owner }, 'file', policy, error.message))
    told = attempt
  }
  const first: Arriving = { via: 'file', ...(deps.file && { file: deps.file }) }
  let current = await install(deps.initial, 0, first).catch(async (error: unknown) => {
    await wrongHand(error, deps.file, policyHash(deps.initial))
    throw error
  })
  /** Stands in for `current` while another replica is ahead. */
  let refusing: Snapshot | undefined
  let turn: Promise<unknown> = Promise.resolve()

  const keep = (problems: readonly [Problem, ...Problem[]]): Replaced => {
    log.error(
      { version: current.version, hash: current.hash, problems },
      'policy not changed: the old one stays',
    )
    return { problems }
  }

  async function replace(config: GatewayConfig, arriving: Arriving): Promise<Replaced> {
    const { by, via, file } = arriving
    const { admins } = current.config.policy
    if (via !== 'file' && !by?.person.roles.some((role) => admins.includes(role))) {
      const error = fail('TW_POLICY_NOT_ADMIN', { by: by?.person.user ?? 'nobody', roles: admins.join(', ') })
      if (by) await emit(tamperEvent(clock, by, via, current.hash, error.message))
      return keep([{ path: ['policy', 'admins'], message: error.message }])
    }
    const [first, ...rest] = lintPolicy(config, masking)
    if (first) return keep([first, ...rest])
    try {
      current = await install(config, current.version, arriving)
      refusing = undefined
      return { snapshot: current, problems: [] }
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      await wrongHand(error, file, current.hash)
      return keep([{ path: [], message: `${error.message} ${error.hint}` }])
    }
  }

  async function refresh(): Promise<void> {
    try {
      const there = await versions.read(current.version)
      if (!there || there.record.version === current.version) return
      const { version, hash } = there.record
      if (hash === current.hash) {
        current = Object.freeze({ ...current, version })
        refusing = undefined
      } else if (refusing?.version !== version) {
        log.error(
          { held: current.version, version, hash },
          'this gateway’s policy is stale: it refuses everything',
        )
        refusing = refuseAll(current, version)
      }
    } catch (error) {
      log.error({ err: error }, 'the policy version in the store could not be read')
    }
  }

  /** One after the other: a change is judged by the policy that the change before it made. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work)
    turn = done.catch(() => undefined)
    return done
  }

  return {
    current: () => refusing ?? current,
    replace: (config, change) => inTurn(() => replace(config, change)),
    refresh: () => inTurn(refresh),
  }
}

function refuseAll(held: Snapshot, version: number): Snapshot {
  const { message } = fail('TW_POLICY_STALE', { found: version, held: held.version })
  return Object.freeze({
    ...held,
    version,
    decide: (input) => ({
      verdict: 'block',
      rules: ['stale-policy'],
      reason: message,
      code: 'TW_POLICY_STALE',
      bypass: input.request.bypass,
      reviewers: [],
      obligations: { hideContent: true, reveal: [], maxTraces: 0, record: 'facts' },
    }),
  } satisfies Snapshot)
}
