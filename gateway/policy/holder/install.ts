import { type Clock, iso } from '../../../core/clock.ts'
import type { EventDraft } from '../../../core/event.ts'
import type { Logger } from '../../../core/log.ts'
import type { GatewayConfig } from '../../config.ts'
import type { Identity } from '../../identity/person.ts'
import { compilePolicy, policyHash } from '../compile.ts'
import type { MaskingCompiler } from '../compile-masking.ts'
import { fail } from '../errors.ts'
import type { Snapshot } from '../policy.ts'
import { published } from '../published.ts'
import { diff } from './diff.ts'
import { changeEvent, type PolicyChange, type Via } from './events.ts'
import { type Accepted, judgeProvenance, type Provenance } from './guard.ts'
import type { VersionRecord, VersionStore } from './version.ts'

export interface Installer {
  /**
   * Makes a config the policy in force: compiled, counted in the store, recorded, and only then returned to be used.
   * One that another replica, or an earlier run, has put in force already is only taken over.
   * @throws TW_POLICY_INVALID, _WRONG_HAND, _STALE, _VERSION_FORGED, or what the store and the spool reject with
   */
  install(config: GatewayConfig, held: number, change: Arriving): Promise<Snapshot>
}

/** How a config comes: who asks, or the file it was read from. */
export interface Arriving {
  by?: Identity
  via: Via
  file?: Provenance
}

export function createInstaller(deps: {
  versions: VersionStore
  emit: (draft: EventDraft) => Promise<void>
  log: Logger
  clock: Clock
  masking: MaskingCompiler
}): Installer {
  const { versions, emit, log, clock, masking } = deps
  /** Counted in the store, but the record failed: owed before the version is used. */
  let owed: PolicyChange | undefined

  const record = async (version: number) => {
    if (owed?.version !== version) return
    await emit(changeEvent(clock, owed))
    const { to, via, by, signers, changes } = owed
    owed = undefined
    const paths = changes.map((change) => change.path)
    // The first one changes nothing that was in force.
    const level = version === 1 ? 'info' : 'warn'
    log[level]({ version, hash: to, via, by: by?.person.user, signers, paths }, 'policy changed')
  }

  const takeOver = async (config: GatewayConfig, version: number) => {
    const snapshot = compilePolicy(config, { version, masking })
    await record(version)
    return snapshot
  }

  return {
    async install(config, held, { by, via, file }) {
      const hash = policyHash(config)
      const there = await versions.read(held)
      const accepted = file && accept(config, there?.record, file, clock.now())
      if (there?.record.hash === hash && !counts(accepted, there.record))
        return takeOver(config, there.record.version)
      const version = (there?.record.version ?? held) + 1
      const snapshot = compilePolicy(config, { version, masking })
      const next = {
        version,
        hash,
        at: iso(clock.now()),
        by: by?.person.user ?? via,
        via,
        config: published(config),
        ...(accepted && { file: accepted }),
      }
      try {
        await versions.write(next, there?.expect ?? 'absent')
      } catch (error) {
        // Processes that read the same file change it at the same moment: one counts, the others follow.
        const faster = await versions.read(held)
        if (faster?.record.hash !== hash) throw error
        return takeOver(config, faster.record.version)
      }
      owed = {
        version,
        to: hash,
        via,
        ...(there && { from: there.record.hash }),
        ...(by && { by }),
        ...(accepted && { signers: accepted.by }),
        changes: there ? diff(there.record.config, next.config) : [],
      }
      await record(version)
      return snapshot
    },
  }
}

/** Judged by the policy it replaces; the first one ever by itself. @throws TW_POLICY_WRONG_HAND */
function accept(config: GatewayConfig, there: VersionRecord | undefined, file: Provenance, now: number) {
  // A record of an earlier version says nothing of changes.
  const rules = (there?.config ?? config).policy.changes ?? config.policy.changes
  const accepted = judgeProvenance(rules, file, there?.file, now)
  if (typeof accepted === 'string') throw fail('TW_POLICY_WRONG_HAND', { reason: accepted })
  return accepted
}

/** A file newly signed is a version of its own, though the gateway's part of it is the same: an older one stays out. */
const counts = (accepted: Accepted | undefined, there: VersionRecord): boolean =>
  accepted?.signedAt !== undefined && accepted.digest !== there.file?.digest
