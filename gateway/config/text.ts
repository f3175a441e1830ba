import { z } from 'zod'

/** The few forms of text that options share. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'expected a name of letters, digits, `_`, `.`, `-`, at most 64')
export const listen = z
  .string()
  .regex(/^(\[[0-9a-f:.]+\]|[^\s:]+):\d{1,5}$/i, 'expected host:port, e.g. 127.0.0.1:7410')
export const cel = z.string().min(1)
export const glob = z.string().min(1)
