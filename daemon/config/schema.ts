import { z } from 'zod'
import { alertsConfig, consoleConfig, slackConfig } from '../../alerts/port.ts'
import { retentionConfig, spoolConfig, storeConfig } from '../../collector/port.ts'
import { field } from '../../core/field.ts'
import { type DetectorsConfig, detectorsConfig } from '../../detectors/port.ts'
import {
  approvalsConfig,
  connectionConfig,
  identityConfig,
  maskingConfig,
  policyConfig,
  recordingConfig,
} from '../../gateway/port.ts'

/** The whole of tracewarden.yaml: strict, every field described; each room gets its slice of the frozen snapshot. */
export const configSchema = z.strictObject({
  gateway: field(
    z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,31}$/)
      .default('gateway-1'),
    'Gateway name',
    'Names this process in events and in the audit chain; unique among replicas.',
    'gateway-1',
  ),
  data: field(
    z.string().default('./data'),
    'Data directory',
    'Spool, recordings and the embedded store.',
    './data',
  ),
  keys: field(
    z.string().optional(),
    'Key directory',
    'Signing keys and master key; `keys` in the data directory by default.',
    '/etc/tracewarden/keys',
  ),
  log: field(
    z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    'Log level',
    'Of the structured log on standard error.',
    'info',
  ),
  store: field(storeConfig, 'Store', 'Where events and documents rest.'),
  spool: field(spoolConfig, 'Spool', 'The gateway’s own disk, before the store.'),
  retention: field(retentionConfig, 'Retention', 'How long things are kept.'),
  console: field(consoleConfig, 'Console', 'Web console, API, health and metrics.'),
  identity: field(identityConfig, 'Identity', 'Who is asking.'),
  connections: field(z.array(connectionConfig).default([]), 'Connections', 'One door each.'),
  masking: field(maskingConfig, 'Masking', 'What is hidden.'),
  policy: field(policyConfig, 'Policy', 'What is allowed, asked, refused.'),
  approvals: field(approvalsConfig, 'Approvals', 'Who is asked, and for how long it holds.'),
  recording: field(recordingConfig, 'Recording', 'What clients saw.'),
  detectors: field(detectorsConfig, 'Detectors', 'What is unusual.'),
  alerts: field(alertsConfig, 'Alerts', 'Who is told.'),
  slack: field(slackConfig, 'Slack', 'Alerts and approvals in Slack.'),
})

export type Config = Omit<z.infer<typeof configSchema>, 'detectors'> & { detectors: DetectorsConfig }
