import { type Clock, iso } from '../../../core/clock.ts'
import type { EventDraft } from '../../../core/event.ts'
import type { Logger } from '../../../core/log.ts'
import type { GatewayConfig } from '../../config.ts'
import type { Identity } from '../../identity/person.ts'
import { compilePolicy, policyHash } from '../compile.ts'
import type { MaskingCompiler } from '../compile-masking.ts'
import type { Snapshot } from '../policy.ts'
import { published } from '../published.ts'
import { diff } from './diff.ts'
import { changeEvent, type PolicyChange, type Via } from './events.ts'
import type { VersionStore } from './version.ts'

export interface Installer {
  /**
   * Makes a config the policy in force: compiled, counted in the store, recorded, and only then returned to be used.
   * One that another replica, or an earlier run, has put in force already is only taken over.
   * @throws TW_POLICY_INVALID, _STALE, _VERSION_FORGED, or what the store and the spool reject with
   */
  install(config: GatewayConfig, held: number, change: { by?: Identity; via: Via }): Promise<Snapshot>
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
    const { to, via, by, changes } = owed
    owed = undefined
    const paths = changes.map((change) => change.path)
    log.warn({ version, hash: to, via, by: by?.person.user, paths }, 'policy changed')
  }

  const takeOver = async (config: GatewayConfig, version: number) => {
    const snapshot = compilePolicy(config, { version, masking })
    await record(version)
    return snapshot
  }

  return {
    async install(config, held, { by, via }) {
      const hash = policyHash(config)
      const there = await versions.read(held)
      if (there?.record.hash === hash) return takeOver(config, there.record.version)
      const version = (there?.record.version ?? held) + 1
      const snapshot = compilePolicy(config, { version, masking })
      const next = {
        version,
        hash,
        at: iso(clock.now()),
        by: by?.person.user ?? via,
        via,
        config: published(config),
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
        changes: there ? diff(there.record.config, next.config) : [],
      }
      await record(version)
      return snapshot
    },
  }
}
