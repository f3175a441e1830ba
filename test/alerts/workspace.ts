import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import {
  type AlertsConfig,
  alertsConfig,
  createEnrolments,
  createRoutes,
  createSlack,
  type Slack,
  type SlackConfig,
} from '../../alerts/port.ts'
import { approvalsConfig, createApprovals, identityConfig, policyConfig } from '../../gateway/port.ts'
import { SECRETS, startSlack } from '../support/slack/slack.ts'
import { identityOf, log, openOffice, PEOPLE, personOf, runs } from './office.ts'

export const CONSOLE = 'https://tracewarden.example'

/** The Slack users of the company: `UADA` is ada once enrolled. */
export const slackUser = (user: string) => `U${user.toUpperCase()}`

/** An office with approvals, routes and Slack, against a Slack of its own. */
export async function openWorkspace(
  t: Test,
  options: {
    mode?: 'socket' | 'http'
    routes?: AlertsConfig['routes']
    enrolled?: readonly string[]
    config?: Partial<NonNullable<SlackConfig>>
    slack?: Awaited<ReturnType<typeof startSlack>>
    office?: Awaited<ReturnType<typeof openOffice>>
  } = {},
) {
  const office = options.office ?? (await openOffice(t))
  const standIn = options.slack ?? (await startSlack())
  if (!options.slack) t.teardown(() => standIn.close())
  const config = {
    approvals: approvalsConfig.parse({
      groups: [{ name: 'trace-owners', roles: ['trace-owner'], channel: '#trace-approvals' }],
      default_groups: ['trace-owners'],
    }),
    identity: identityConfig.parse({}),
    policy: policyConfig.parse({}),
  }
  const approvals = createApprovals({
    documents: office.store.documents,
    keyRing: office.keyRing,
    config: () => config,
    person: personOf,
    emit: office.emit,
    clock: office.clock,
    random: office.random,
    log,
  })
  const suspended = new Set<string>()
  const identity = { person: personOf, suspended: (user: string) => suspended.has(user) }
  const enrolments = createEnrolments({
    documents: office.store.documents,
    keyRing: office.keyRing,
    clock: office.clock,
    random: office.random,
    emit: office.emit,
    consoleUrl: CONSOLE,
  })
  const mode = options.mode ?? 'socket'
  const slack = await createSlack(
    {
      mode,
      bot_token: SECRETS.bot,
      app_token: SECRETS.app,
      signing_secret: SECRETS.signing,
      channel: '#tracewarden',
      api: standIn.api,
      ...options.config,
    },
    {
      alerts: office.alerts,
      approvals,
      identity,
      enrolments,
      grants: () => config.approvals,
      clock: office.clock,
      random: office.random,
      log,
      consoleUrl: CONSOLE,
    },
  )
  const alerts = alertsConfig.parse({ routes: options.routes ?? [] })
  const routes = createRoutes({
    alerts: office.alerts,
    approvals,
    documents: office.store.documents,
    clock: office.clock,
    random: office.random,
    log,
    config: () => ({ alerts, approvals: config.approvals, channel: '#tracewarden' }),
    person: personOf,
    slack: slack.messenger,
  })
  for (const { user } of PEOPLE) {
    if (!(options.enrolled ?? ['ada', 'soc1', 'soc2', 'owner1', 'owner2']).includes(user)) continue
    const { code } = await enrolments.start({ team: standIn.workspace.team, user: slackUser(user) })
    await enrolments.confirm(code, identityOf(user))
  }
  office.events.length = 0
  return { ...office, standIn, approvals, enrolments, slack, routes, suspended, mode }
}

export type Workspace = Awaited<ReturnType<typeof openWorkspace>>

/** Starts everything; answers how to stop it, as a daemon that ends would. */
export async function start(t: Test, workspace: Workspace): Promise<() => Promise<void>> {
  const { slack, standIn, mode } = workspace
  const stopAlerts = runs(t, workspace.alerts)
  const stopRoutes = runs(t, workspace.routes)
  if (mode === 'http') standIn.sendTo(await serve(t, slack))
  slack.start()
  t.teardown(() => slack.stop())
  return async () => {
    await Promise.all([stopAlerts(), stopRoutes(), slack.stop()])
  }
}

/** The console's port, as far as Slack knows it. */
export async function serve(t: Test, slack: Slack): Promise<string> {
  const server = createServer((request, response) => void slack.handler!(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`
}
