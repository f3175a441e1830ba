import { SEVERITIES } from '../../detectors/port.ts'
import type { ApprovalsConfig } from '../../gateway/port.ts'
import type { AlertsConfig } from '../config.ts'
import type { Alert } from '../lifecycle/alert.ts'
import type { Destination } from './delivery.ts'

/** What routing reads of the config in force. */
export interface RoutingConfig {
  alerts: AlertsConfig
  approvals: Pick<ApprovalsConfig, 'groups'>
  /** slack.channel, if Slack is configured. */
  channel?: string
}

/**
 * Where an alert goes: every route that matches, each destination once; where none matches, to the default channel,
 * so that no alert is without a reader. `team` is that of the alert's user.
 */
export function alertDestinations(
  alert: Pick<Alert, 'detector' | 'severity' | 'subject'>,
  team: string | undefined,
  config: RoutingConfig,
): Destination[] {
  const found = new Map<string, Destination>()
  const of = alert.subject.kind === 'team' ? alert.subject.id : team
  for (const route of config.alerts.routes) {
    if (route.detectors && !route.detectors.includes(alert.detector)) continue
    if (route.severity && SEVERITIES.indexOf(alert.severity) < SEVERITIES.indexOf(route.severity)) continue
    if (route.teams && (of === undefined || !route.teams.includes(of))) continue
    if (route.slack !== undefined && config.channel !== undefined)
      found.set(`slack ${route.slack}`, { kind: 'slack', channel: route.slack })
    if (route.webhook !== undefined)
      found.set(`webhook ${route.webhook}`, { kind: 'webhook', url: route.webhook })
  }
  if (found.size === 0 && config.channel !== undefined) return [{ kind: 'slack', channel: config.channel }]
  return [...found.values()]
}

/** Where an approval is asked: the channels of its groups, or the default one. */
export function approvalDestinations(groups: readonly string[], config: RoutingConfig): Destination[] {
  if (config.channel === undefined) return []
  const channels = new Set<string>()
  for (const name of groups) {
    const group = config.approvals.groups.find((one) => one.name === name)
    channels.add(group?.channel ?? config.channel)
  }
  if (channels.size === 0) channels.add(config.channel)
  return [...channels].map((channel) => ({ kind: 'slack', channel }))
}

/** Where the digest goes: a channel of its own, or the default one. Undefined where there is no Slack. */
export function digestDestination({ alerts, channel }: RoutingConfig): Destination | undefined {
  return channel === undefined ? undefined : { kind: 'slack', channel: alerts.digest.channel ?? channel }
}
