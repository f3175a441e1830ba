import { z } from 'zod'
import { field } from '../core/field.ts'
import { duration } from '../core/units.ts'
import type { SigmaFile } from './sigma/sigma.ts'
import { allowProblem } from './tuning/allow.ts'
import { holiday, period } from './tuning/calendar.ts'
import { quietHours } from './tuning/quiet.ts'

const allow = z.string().superRefine((expression, ctx) => {
  const problem = allowProblem(expression)
  if (problem) ctx.addIssue({ code: 'custom', message: problem })
})
const overrides = z.record(z.string(), z.record(z.string(), z.unknown())).default({})

/** Common to every detector; each adds its own options in its own file. */
export const commonOptions = {
  enabled: field(z.boolean().default(true), 'Enabled', 'Whether the detector runs at all.', false),
  severity: field(
    z.enum(['low', 'medium', 'high', 'critical']).optional(),
    'Severity',
    'Instead of the detector’s own; size and asset still raise it.',
    'high',
  ),
  shadow: field(
    z.boolean().default(false),
    'Shadow',
    'Scores, learns and records what it finds, but tells nobody: the console lists it apart.',
    true,
  ),
  share: field(
    z.number().min(0.1).max(100).optional(),
    'Share',
    'Part of the budget of false alerts, relative to the other detectors, instead of its own. Detectors that need no statistics have none.',
    8,
  ),
  windows: field(
    z
      .array(z.enum(['hour', 'day', 'week', 'session']))
      .min(1)
      .optional(),
    'Windows',
    'Of the windows this detector judges, only these.',
    ['day'],
  ),
  allow: field(
    z.array(allow).default([]),
    'Allow-list',
    'CEL conditions over `event` and `user`; an event for which one holds is not looked at by this detector.',
    ['event.collection == "benchmarks" && "ci" in user.roles'],
  ),
  quiet: field(
    z.array(quietHours).default([]),
    'Quiet hours',
    'What is found then goes to the digest; what needs no statistics alerts all the same.',
    [{ days: ['sat', 'sun'] }],
  ),
  roles: field(overrides, 'By role', 'Options for whoever has this role, over those of the detector.', {
    auditor: { shadow: true },
  }),
  users: field(overrides, 'By user', 'Options for one user, over those of their role.', {
    'svc-backup': { minimum: 5000 },
  }),
}
/** What only the detector as a whole can have. */
export const WHOLE_OPTIONS: ReadonlySet<string> = new Set(['share', 'windows', 'roles', 'users'])

/** What the config file may hold before the detector itself has looked at it: see checkDetectors. */
export const detectorOptions = z.looseObject(commonOptions)

export const detectorsConfig = z
  .strictObject({
    lateness: field(
      duration().prefault('10m'),
      'Lateness',
      'How long a window waits for late events before it is learned.',
      '10m',
    ),
    skew: field(
      duration().default(5 * 60e3),
      'Clock skew',
      'An event further than this in the future is set aside.',
      '5m',
    ),
    horizon: field(
      duration().default(24 * 3600e3),
      'Horizon',
      'At first start, events older than this teach baselines but alert nobody.',
      '24h',
    ),
    timezone: field(
      z.string().default('UTC'),
      'Time zone',
      'IANA name; for users whose own zone is unknown.',
      'Europe/Berlin',
    ),
    holidays: field(
      z.array(holiday).default([]),
      'Holidays',
      'Days that teach nothing; what is usual on a Sunday is expected on them. By zone, team and role, or for everybody.',
      [{ name: 'Christmas', dates: ['2026-12-25', '2026-12-26'], zones: ['Europe/Berlin'] }],
    ),
    exposures: field(
      z.array(period).default([]),
      'Exposures',
      'Times at which more is to be expected than usual, known beforehand: a release, an audit, a migration.',
      [{ name: 'release week', from: '2026-12-07', to: '2026-12-11', teams: ['search-team'], factor: 2 }],
    ),
    warmup: field(
      duration().default(14 * 86400e3),
      'Warm-up',
      'So long after the first event only certain findings (tampering, canaries, blatant bypass) alert.',
      '14d',
    ),
    budget: field(
      z.number().positive().default(2),
      'False alerts a week',
      'What the admins accept; thresholds follow.',
      2,
    ),
    ceiling: field(
      z.number().positive().max(100).default(0.5),
      'Ceiling',
      'Never more false alerts than this in 1,000 user-days, however few the users.',
      0.5,
    ),
    most: field(
      z.number().int().positive().optional(),
      'Most told',
      'So many people a week may be the matter of alerts that are likely rather than certain; three times the budget by default, which chance alone hardly reaches. The graver go first, the rest goes to the digest and into risk. Alerts closed as true positives do not count.',
      10,
    ),
    assets: field(
      z.record(z.string(), z.number().min(0.1).max(10)).default({}),
      'Assets',
      'What collections are worth, by name or glob; 1 where none fits. It multiplies risk and decides who goes first when the budget is short.',
      { 'safety-*': 3, 'public-*': 0.3 },
    ),
    risk: field(
      z
        .strictObject({
          half_life: field(
            duration().default(14 * 86400e3),
            'Half-life',
            'After this time a finding adds half as much to its user’s risk.',
            '14d',
          ),
          points: field(
            z
              .strictObject({
                low: z.number().min(0).max(100).default(5),
                medium: z.number().min(0).max(100).default(15),
                high: z.number().min(0).max(100).default(30),
                critical: z.number().min(0).max(100).default(60),
              })
              .prefault({}),
            'Points',
            'What a finding adds, by severity, of 100.',
            { high: 30 },
          ),
        })
        .prefault({}),
      'Risk',
      'How findings become `user.risk`.',
    ),
    awake: field(
      z.number().int().min(1).default(8000),
      'Users held ready',
      'Of so many users a process holds what is known unpacked, some 30 KB each; the others’ is a tenth of it and is unpacked when something comes of them, which costs some 0.5 ms.',
      20000,
    ),
    critical: field(
      z.array(z.string()).default([]),
      'Critical collections',
      'Findings that touch one of these are one step more severe.',
      ['safety-evals'],
    ),
    sigma: field(
      z.array(z.string().min(1)).default([]),
      'Sigma rules',
      'Files, or folders of files, with rules over session events; relative to this file.',
      ['rules/'],
    ),
    rules: field(
      z.record(z.string(), detectorOptions).default({}),
      'Detectors',
      'Options by detector name; unknown names and options are refused.',
      { 'volume-spike': { severity: 'high' } },
    ),
  })
  .prefault({})
export type DetectorsConfig = z.infer<typeof detectorsConfig> & {
  /** The files of `sigma`, read with the config, so that what is in force does not change under it. */
  sigmaFiles?: readonly SigmaFile[]
}
