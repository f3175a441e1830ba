/** The alerts' outside: life cycle, Slack, console. */
export * from './config.ts'
export type { Alert, AlertStatus, AlertVerdict } from './lifecycle/alert.ts'
