import type { Explanation } from '../engine/detector.ts'
import type { Comparison } from './compare.ts'
import type { Crowd } from './crowd.ts'
import type { Profile } from './profile.ts'
import type { OpenSession } from './session.ts'

const TOLD = 6

/** What spoke most for somebody else, in words, and how much of the session it was. */
export function explainSession(
  { bag, id }: OpenSession,
  profile: Profile,
  crowd: Crowd,
  comparison: Comparison,
  surprise: number,
): Explanation {
  const all = comparison.tokens(bag, profile, crowd)
  const strange = all.filter(({ known }) => known === 0).length
  const odd = all
    .filter(({ token, ratio }) => ratio > 0 && bag.words.has(token))
    .map(({ token, n, ratio }) => ({ token, n, ratio: ratio * Math.log2(1 + n) }))
  odd.sort((a, b) => b.ratio - a.ratio || a.token - b.token)
  const contributors = odd.slice(0, TOLD).map(({ token, n }) => `${said(bag.words.get(token)!)} (${n})`)
  const deviations = Math.round(surprise * 5) / 10
  return {
    observed: strange,
    expected: 0,
    baseline: { from: profile.first, to: profile.last, n: profile.sessions },
    summary: `Session of ${bag.n} events unlike this user’s ${profile.sessions} before it, by ${deviations} deviations: ${contributors.slice(0, 3).join('; ') || 'another mixture of the usual'}`,
    weight: surprise > 8 ? 1 : 0,
    extra: { deviations, contributors, session: id, benign: 'A new task, tool or team of the user’s' },
  }
}

/** A habit of failing at something is written with an exclamation mark. */
const said = (word: string) => word.replace(/^(action .*)!$/, '$1, refused or failed')
