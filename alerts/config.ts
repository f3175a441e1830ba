import { IANAZone } from 'luxon'
import { z } from 'zod'
import { field } from '../core/field.ts'
import { duration } from '../core/units.ts'

const severity = z.enum(['low', 'medium', 'high', 'critical'])

export const slackConfig = z
  .strictObject({
    mode: field(
      z.enum(['socket', 'http']).default('socket'),
      'Mode',
      '`socket` needs no inbound port; `http` is answered on the console’s port at /slack/events.',
      'socket',
    ),
    bot_token: field(
      z.string(),
      'Bot token',
      'Best given as ${env:SLACK_BOT_TOKEN}.',
      '${env:SLACK_BOT_TOKEN}',
    ),
    app_token: field(z.string().optional(), 'App token', 'For Socket Mode.', '${env:SLACK_APP_TOKEN}'),
    signing_secret: field(
      z.string().optional(),
      'Signing secret',
      'For HTTP mode.',
      '${env:SLACK_SIGNING_SECRET}',
    ),
    channel: field(z.string(), 'Channel', 'Where alerts go by default.', '#tracewarden'),
    api: field(z.url().optional(), 'API', 'Another Web API endpoint (a proxy).', 'https://slack.com/api/'),
  })
  .optional()

const MONTHS = 90 * 86_400_000

export const alertsConfig = z
  .strictObject({
    second_person: field(
      z.enum(['own-team', 'always', 'never']).default('own-team'),
      'Second person',
      'When a verdict or a suppression takes effect only after somebody else has confirmed it: about one’s own team, always, or never.',
      'always',
    ),
    verdicts: field(
      duration()
        .refine((ms) => ms >= 3_600_000 && ms <= MONTHS, 'expected between 1h and 90d')
        .default(30 * 86_400_000),
      'Verdicts',
      'So long a verdict teaches the detector what is harmless about this user, unless the analyst says another time.',
      '30d',
    ),
    digest: field(
      z
        .strictObject({
          every: field(
            z.enum(['day', 'week', 'never']).default('day'),
            'How often',
            'Each day, each Monday, or never; nothing is sent where nothing waited.',
            'week',
          ),
          at: field(
            z
              .string()
              .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected an hour such as 08:00')
              .default('08:00'),
            'At',
            'Hour and minute.',
            '08:00',
          ),
          timezone: field(
            z
              .string()
              .refine(
                (zone) => IANAZone.isValidZone(zone),
                'expected an IANA time zone such as Europe/Berlin',
              )
              .default('UTC'),
            'Time zone',
            'IANA name.',
            'Europe/Berlin',
          ),
          channel: field(z.string().optional(), 'Slack channel', 'slack.channel by default.', '#soc-digest'),
        })
        .prefault({}),
      'Digest',
      'What alerted nobody by itself: beyond the budget, in quiet hours, or known by a verdict.',
    ),
    routes: field(
      z
        .array(
          z.strictObject({
            detectors: z.array(z.string()).optional(),
            severity: field(severity.optional(), 'Severity', 'This or higher.', 'high'),
            teams: z.array(z.string()).optional(),
            slack: field(z.string().optional(), 'Slack channel', 'Where to.', '#soc'),
            webhook: field(
              z.url().optional(),
              'Webhook',
              'Alert JSON by POST, signed with HMAC-SHA256.',
              'https://soc.example/hook',
            ),
            format: field(
              z.enum(['json', 'ocsf']).optional(),
              'Webhook format',
              '`json`, the alert as the API gives it (the default), or `ocsf`, a Detection Finding.',
              'ocsf',
            ),
            secret: field(
              z.string().optional(),
              'Webhook secret',
              'Key of the signature.',
              '${env:HOOK_SECRET}',
            ),
          }),
        )
        .default([]),
      'Routes',
      'Every route that matches is taken; without any, alerts go to slack.channel.',
    ),
  })
  .prefault({})

export const consoleConfig = z
  .strictObject({
    listen: field(
      z.string().default('127.0.0.1:7400'),
      'Listen',
      'host:port of console, API, health and metrics.',
      '127.0.0.1:7400',
    ),
    url: field(
      z.url().optional(),
      'Public URL',
      'What links in Slack point to.',
      'https://tracewarden.example',
    ),
  })
  .prefault({})

export type SlackConfig = z.infer<typeof slackConfig>
export type AlertsConfig = z.infer<typeof alertsConfig>
export type ConsoleConfig = z.infer<typeof consoleConfig>
