import { z } from 'zod'
import { field } from '../../core/field.ts'
import { commonOptions } from '../config.ts'
import { createBursts } from '../engine/bursts.ts'
import type { Detector } from '../engine/detector.ts'
import { tune } from '../tuning/tuned.ts'
import { colleagues, workdays } from './examples.ts'
import volumeSpike from './volume-spike.ts'

const options = z.strictObject({
  ...commonOptions,
  members: field(
    z.number().int().min(4).max(1000).default(4),
    'Members',
    'So many of a team, known and at work that day, before it can be busy together.',
    6,
  ),
  level: field(
    z.number().min(1.1).default(1.3),
    'Level',
    'Times the usual that the middle of a team must do; less explains nothing.',
    1.5,
  ),
})

const about = { name: 'team-burst', technique: ['T1213'], severity: 'low' } as const
const USUAL = (day: number, member: number) => 10 + ((day * 7 + member * 5) % 9)

/** One notice a team and day, instead of an alert for each member whom an outage or a release made busy. */
const teamBurst: Detector = {
  ...about,
  title: 'A whole team does more than it usually does',
  runbook: [
    'Ask the team’s lead what happened that day: an outage, a release, an audit',
    'Look at the members who stand out of it: they have alerts of their own',
    'If nobody knows of a reason: look at every member that it explains',
  ],
  blindSpots: [
    'Most of a team acting together looks like a busy team: the notice names them',
    'Teams that the events do not name, and teams of fewer than `members`',
    'Hours of the night, ages, sensitive fields, refusals: nobody is excused from these',
    'Where several processes share the users, each compares with the members that it looks after',
  ],
  options,
  scales: ['day', 'hour'],
  share: 0,
  notice: true,
  // It tells of what this one finds, in its own examples.
  needs: [volumeSpike],
  track(raw) {
    const { base } = tune((merged) => options.parse(merged), raw)
    const benign = 'An outage, a release, an audit that the whole team works on'
    return createBursts({ ...about, benign }, base.options, base.config)
  },
  examples: [
    {
      name: 'an outage: everyone of eight reads nine times as much',
      history: () => workdays(25, (day) => colleagues(day, 8, (member) => USUAL(day, member))),
      given: () => colleagues(25, 8, (member) => 9 * USUAL(25, member)),
      fires: true,
    },
    {
      name: 'one of eight reads thirty times as much',
      history: () => workdays(25, (day) => colleagues(day, 8, (member) => USUAL(day, member))),
      given: () => colleagues(25, 8, (member) => (member === 3 ? 30 : 1) * USUAL(25, member)),
      fires: false,
    },
  ],
}
export default teamBurst
