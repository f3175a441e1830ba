import type { Subject } from './subject.ts'

/** Who works with whom: of one kind (human, service) and team, whatever the role. */
export interface Teams {
  /** The same ones for everybody, in the order of their ids; of a large team a fixed part. None without a team. */
  of(subject: Subject): readonly Subject[]
  /** The subject's group is another, `before` having been the last; undefined: there was none. */
  move(subject: Subject, before: string | undefined): void
}

/** So many tell a team's level well enough. */
const MOST = 256

/** `human:search:engineer` → `human:search`. */
function keyOf(group: string): string | undefined {
  const [kind, team] = group.split(':')
  return team ? `${kind}:${team}` : undefined
}

export function createTeams(): Teams {
  const teams = new Map<string, { all: Subject[]; shown: readonly Subject[] | undefined }>()
  const place = (all: readonly Subject[], id: string) => {
    let low = 0
    let high = all.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (all[middle]!.id < id) low = middle + 1
      else high = middle
    }
    return low
  }
  const NOBODY: readonly Subject[] = []
  return {
    of({ group }) {
      const key = keyOf(group)
      const team = key === undefined ? undefined : teams.get(key)
      if (!team) return NOBODY
      const step = Math.ceil(team.all.length / MOST)
      team.shown ??= step > 1 ? team.all.filter((_, i) => i % step === 0) : team.all
      return team.shown
    },
    move(subject, before) {
      const [from, to] = [before === undefined ? undefined : keyOf(before), keyOf(subject.group)]
      if (from === to) return
      const left = from === undefined ? undefined : teams.get(from)
      if (left) {
        const at = place(left.all, subject.id)
        if (left.all[at] === subject) left.all.splice(at, 1)
        left.shown = undefined
      }
      if (to === undefined) return
      const joined = teams.get(to) ?? { all: [], shown: undefined }
      teams.set(to, joined)
      joined.all.splice(place(joined.all, subject.id), 0, subject)
      joined.shown = undefined
    },
  }
}
