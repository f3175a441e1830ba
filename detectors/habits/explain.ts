import type { Explanation } from '../engine/detector.ts'
import { strangeness } from './compare.ts'
import type { Crowd } from './crowd.ts'
import { type Profile, totals, weightOf } from './profile.ts'
import type { OpenSession } from './session.ts'
import { CHANNELS, channelOf } from './tokens.ts'

const TOLD = 6

/** What spoke most for somebody else, in words, and how much of the session it was. */
export function explainSession(
  { bag, id }: OpenSession,
  profile: Profile,
  crowd: Crowd,
  score: number,
): Explanation {
  const own = totals(profile, new Float64Array(CHANNELS.length))
  const odd: { token: number; ratio: number; n: number }[] = []
  let strange = 0
  for (const [token, n] of bag.counts) {
    const channel = channelOf(token)
    if (own[channel] === 0) continue
    const known = weightOf(profile, token)
    const ratio = strangeness(token, known, own[channel]!, crowd)
    if (known === 0) strange++
    if (ratio > 0 && bag.words.has(token)) odd.push({ token, ratio: ratio * Math.log2(1 + n), n })
  }
  odd.sort((a, b) => b.ratio - a.ratio || a.token - b.token)
  const contributors = odd.slice(0, TOLD).map(({ token, n }) => `${bag.words.get(token)} (${n})`)
  const deviations = Math.round(score * 10) / 10
  return {
    observed: strange,
    expected: 0,
    baseline: { from: profile.first, to: profile.last, n: profile.sessions },
    summary: `Session of ${bag.n} events unlike this user’s ${profile.sessions} before it, by ${deviations} deviations: ${contributors.slice(0, 3).join('; ') || 'another mixture of the usual'}`,
    weight: score > 8 ? 1 : 0,
    extra: { deviations, contributors, session: id, benign: 'A new task, tool or team of the user’s' },
  }
}
