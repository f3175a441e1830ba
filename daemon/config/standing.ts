import { type Clock, iso } from '../../core/clock.ts'

/** How the config file stands to what is in force; a part of the health report. */
export interface Standing {
  /** The file is in force, but for `pending` options, which take effect at the next start. */
  accepted(pending: readonly string[]): void
  /** The file is not in force, and this is why. */
  refused(problems: readonly string[]): void
  health(): { ok: boolean; detail: string }
}

export function createStanding(clock: Clock): Standing {
  let waiting: readonly string[] = []
  let wrong: { since: string; problems: readonly string[] } | undefined
  return {
    accepted(pending) {
      waiting = pending
      wrong = undefined
    },
    refused(problems) {
      wrong = { since: wrong?.since ?? iso(clock.now()), problems }
    },
    health() {
      if (wrong) {
        const [first, ...others] = wrong.problems
        const more = others.length ? ` (and ${others.length} more)` : ''
        return { ok: false, detail: `refused since ${wrong.since}, the old one stays: ${first}${more}` }
      }
      const detail = waiting.length ? `in force; at the next start: ${waiting.join(', ')}` : 'in force'
      return { ok: true, detail }
    },
  }
}
