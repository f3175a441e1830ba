import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger } from 'pino'

/**
 * Structured logs as NDJSON on standard error, without secrets: anything named like a credential is censored
 * wherever it stands, and errors carry code and message but no request or response bodies.
 */
export function createLogger(level: string, destination: DestinationStream = pino.destination(2)): Logger {
  return pino(
    {
      level,
      base: { service: 'tracewarden' },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    },
    destination,
  )
}

const SECRETS = ['authorization', 'cookie', 'password', 'token', 'secret', 'key', 'credential', 'assertion']
const SECRET_PATHS = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
