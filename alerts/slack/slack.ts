import type { IncomingMessage, ServerResponse } from 'node:http'
import { App, HTTPReceiver, SocketModeReceiver, webApi } from '@slack/bolt'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { Random } from '../../core/random.ts'
import type { Approvals, ApprovalsConfig, IdentityService } from '../../gateway/port.ts'
import type { SlackConfig } from '../config.ts'
import { fail } from '../errors.ts'
import type { Alerts } from '../lifecycle/alerts.ts'
import type { Messenger } from '../routes/routes.ts'
import { type ConnectionStatus, createConnection } from './connection.ts'
import type { Enrolments } from './enrolment.ts'
import { guardHttp, guardSocket } from './guards.ts'
import { listen } from './interactions.ts'
import { boltLogger } from './logger.ts'
import { createMessenger } from './messenger.ts'

export interface SlackDeps {
  alerts: Alerts
  approvals: Approvals
  identity: Pick<IdentityService, 'person' | 'suspended'>
  enrolments: Enrolments
  /** How long grants live, of the config in force. */
  grants: () => Pick<ApprovalsConfig, 'grant' | 'max_grant'>
  clock: Clock
  random: Random
  log: Logger
  /** Base URL of the console: what links point to. */
  consoleUrl: string
}

export interface Slack {
  /** Connects in the background and stays connected; does not wait for Slack, which may be down. */
  start(): void
  stop(): Promise<void>
  status(): ConnectionStatus
  /**
   * HTTP mode: answers POST /slack/events on the console's port. It must get the request with its body unread; the
   * signature is checked over the bytes. Absent in Socket Mode.
   */
  handler?: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  /** For createRoutes: posts and updates messages. */
  messenger: Messenger
}

const TIMEOUT = 10_000

/** @throws TW_SLACK_CONFIG */
export function openSlack(config: NonNullable<SlackConfig>, deps: SlackDeps): Slack {
  const { log } = deps
  const logger = boltLogger(log)
  // Queue, retries and pacing are the routes', which survive a restart: the client tries once.
  const clientOptions = {
    slackApiUrl: config.api ?? 'https://slack.com/api/',
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: TIMEOUT,
    logger,
  }
  const client = new webApi.WebClient(config.bot_token, clientOptions)
  const receiver = receiverOf(config, clientOptions)
  const app = new App({
    receiver,
    authorize: async () => ({ botToken: config.bot_token }),
    clientOptions,
    logger,
    ignoreSelf: false,
    convoStore: false,
  })
  listen(app, { ...deps, client })
  const socket = receiver instanceof SocketModeReceiver ? receiver.client : undefined
  if (socket) guardSocket(socket, log)
  const connection = createConnection({ ...deps, client, ...(socket && { socket }) })
  const view = {
    console: deps.consoleUrl.replace(/\/+$/, ''),
    name: (user: string) => deps.identity.person(user)?.name,
  }
  return {
    start: () => connection.start(),
    stop: () => connection.stop(),
    status: () => connection.status(),
    ...(receiver instanceof HTTPReceiver && { handler: guardHttp(receiver.requestListener, log) }),
    messenger: createMessenger({ client, view, clock: deps.clock }),
  }
}

function receiverOf(
  config: NonNullable<SlackConfig>,
  clientOptions: { slackApiUrl: string; logger: ReturnType<typeof boltLogger> },
) {
  const { mode } = config
  const { logger } = clientOptions
  if (mode === 'http') {
    if (!config.signing_secret) throw fail('TW_SLACK_CONFIG', { mode, field: 'signing_secret' })
    return new HTTPReceiver({ signingSecret: config.signing_secret, endpoints: ['/slack/events'], logger })
  }
  if (!config.app_token) throw fail('TW_SLACK_CONFIG', { mode, field: 'app_token' })
  return new SocketModeReceiver({
    appToken: config.app_token,
    autoReconnectEnabled: false,
    installerOptions: { clientOptions },
    logger,
  })
}
