import { type Logger as BoltLogger, LogLevel } from '@slack/bolt'
import type { Logger } from '../../core/log.ts'

/** Bolt's logger over ours. Its debug lines quote payloads and tokens, so they are never written. */
export const boltLogger = (log: Logger): BoltLogger => ({
  debug: () => {},
  info: (...words) => log.debug({ from: 'slack' }, words.map(String).join(' ')),
  warn: (...words) => log.warn({ from: 'slack' }, words.map(String).join(' ')),
  error: (...words) => log.warn({ from: 'slack' }, words.map(String).join(' ')),
  setLevel: () => {},
  getLevel: () => LogLevel.INFO,
  setName: () => {},
})
