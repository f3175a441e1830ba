/** The alerts' outside: life cycle, Slack, console. */
export * from './config.ts'
export { mountConsole } from './console/console.ts'
export type { ConsoleDeps, HealthReport, ReplayStep, ReplayView } from './console/deps.ts'
export type { AlertDesk } from './console/desk.ts'
export { consoleErrors } from './console/errors.ts'
export type { Alert, AlertStatus, AlertVerdict } from './lifecycle/alert.ts'
