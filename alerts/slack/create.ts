import type { SlackConfig } from '../config.ts'
import type { Slack, SlackDeps } from './slack.ts'

/**
 * Slack through Bolt, in Socket Mode or over HTTP. Bolt takes a quarter of a second to load, so it is loaded only where
 * Slack is configured. @throws TW_SLACK_CONFIG
 */
export async function createSlack(config: NonNullable<SlackConfig>, deps: SlackDeps): Promise<Slack> {
  const { openSlack } = await import('./slack.ts')
  return openSlack(config, deps)
}
