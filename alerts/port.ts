/** The alerts' outside: life cycle, routes, Slack, console. */
export * from './config.ts'
export { mountConsole } from './console/console.ts'
export type { ConsoleDeps, HealthReport } from './console/deps.ts'
export { consoleErrors } from './console/errors.ts'
export { routerProblem } from './console/headers.ts'
export { alertsErrors } from './errors.ts'
export type { Alert, AlertStatus, AlertVerdict, HistoryEntry, Via } from './lifecycle/alert.ts'
export { type Alerts, type AlertsDeps, createAlerts } from './lifecycle/alerts.ts'
export type { Triage } from './lifecycle/machine.ts'
export { type AlertCounts, type AlertQuery, listAlerts } from './lifecycle/query.ts'
export type { Suppression } from './lifecycle/suppression.ts'
export { alertsMetrics } from './metrics.ts'
export { detectionFinding, OCSF_VERSION } from './ocsf/detection-finding.ts'
export type { RoutingConfig } from './routes/match.ts'
export {
  createRoutes,
  type Messenger,
  type Routes,
  type RoutesDeps,
  type RoutesStatus,
} from './routes/routes.ts'
export type { ConnectionStatus } from './slack/connection.ts'
export { createSlack } from './slack/create.ts'
export { createEnrolments, type Enrolments, type Pin, type SlackUser } from './slack/enrolment.ts'
export type { Slack, SlackDeps } from './slack/slack.ts'
