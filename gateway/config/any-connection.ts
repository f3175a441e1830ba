import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { listen, name } from './text.ts'

/** What every connection has, whatever its protocol. */
export const anyConnection = {
  name: field(name, 'Name', 'How events, rules and approvals call it.', 'mlflow'),
  listen: field(listen, 'Listen', 'host:port of this door.', '127.0.0.1:7410'),
  mode: field(
    z.enum(['enforce', 'observe']).default('enforce'),
    'Mode',
    '`observe` decides, records and alerts, but lets pass.',
    'observe',
  ),
  hold: field(
    duration().optional(),
    'Hold',
    'How long a held request waits for a decision; by default what the usual clients endure.',
    '25s',
  ),
  timeout: field(
    duration().prefault('1m'),
    'Timeout',
    'For the backend’s first byte and between bytes.',
    '60s',
  ),
  idle: field(duration().prefault('15m'), 'Idle', 'After which a session ends.', '15m'),
  tls: field(
    z.strictObject({ cert: z.string(), key: z.string() }).optional(),
    'TLS',
    'PEM files for the door.',
    { cert: './tls.crt', key: './tls.key' },
  ),
}
