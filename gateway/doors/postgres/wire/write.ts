import { BACKEND, FRONTEND } from './types.ts'

/** One message: `type` 0 for startup packets, which have none. Strings end in a zero byte, numbers are i32. */
export function message(type: number, ...parts: readonly (string | number | Uint8Array)[]): Buffer {
  const head = type === 0 ? 4 : 5
  let size = head
  for (const part of parts)
    size +=
      typeof part === 'string' ? Buffer.byteLength(part) + 1 : typeof part === 'number' ? 4 : part.length
  const out = Buffer.allocUnsafe(size)
  if (type !== 0) out[0] = type
  out.writeUInt32BE(size - head + 4, head - 4)
  let at = head
  for (const part of parts) {
    if (typeof part === 'string') {
      at += out.write(part, at)
      out[at++] = 0
    } else if (typeof part === 'number') at = out.writeInt32BE(part, at)
    else {
      out.set(part, at)
      at += part.length
    }
  }
  return out
}

export const u16 = (value: number): Buffer => {
  const out = Buffer.allocUnsafe(2)
  out.writeUInt16BE(value)
  return out
}

export interface Report {
  severity: 'FATAL' | 'ERROR' | 'WARNING' | 'NOTICE'
  sqlstate: string
  message: string
  detail?: string
  hint?: string
  /** 1-based character position in the statement. */
  position?: number
}

/** ErrorResponse or NoticeResponse. */
export function report(report: Report): Buffer {
  const { severity, sqlstate, detail, hint, position } = report
  const notice = severity === 'NOTICE' || severity === 'WARNING'
  const fields = [`S${severity}`, `V${severity}`, `C${sqlstate}`, `M${report.message}`]
  if (detail !== undefined) fields.push(`D${detail}`)
  if (hint !== undefined) fields.push(`H${hint}`)
  if (position !== undefined) fields.push(`P${position}`)
  return message(notice ? BACKEND.notice : BACKEND.error, ...fields.map(plain), END)
}
const END = Uint8Array.of(0)
/** A zero byte would end the field early. */
const plain = (text: string) => text.replaceAll('\0', ' ')

export type TransactionStatus = 'I' | 'T' | 'E'

const ready = (status: string) => message(BACKEND.ready, Buffer.from(status))
const READY: Readonly<Record<TransactionStatus, Buffer>> = { I: ready('I'), T: ready('T'), E: ready('E') }
export const readyForQuery = (status: TransactionStatus): Buffer => READY[status]

export const PARSE_COMPLETE = message(BACKEND.parseComplete)
export const BIND_COMPLETE = message(BACKEND.bindComplete)
export const CLOSE_COMPLETE = message(BACKEND.closeComplete)
export const NO_DATA = message(BACKEND.noData)
export const EMPTY_QUERY = message(BACKEND.emptyQuery)

export const commandComplete = (tag: string): Buffer => message(BACKEND.commandComplete, tag)
export const parameterStatus = (name: string, value: string): Buffer =>
  message(BACKEND.parameterStatus, name, value)
export const backendKey = (pid: number, secret: number): Buffer =>
  message(BACKEND.backendKeyData, pid, secret)
export const authentication = (kind: number, data: Uint8Array = new Uint8Array(0)): Buffer =>
  message(BACKEND.authentication, kind, data)

export const SYNC = message(FRONTEND.sync)
export const FLUSH = message(FRONTEND.flush)
export const TERMINATE = message(FRONTEND.terminate)
export const query = (text: string): Buffer => message(FRONTEND.query, text)
/** `what` is `S` for a statement, `P` for a portal. */
export const describe = (what: 'S' | 'P', name: string): Buffer =>
  message(FRONTEND.describe, Buffer.from(what), name)
export const closeOf = (what: 'S' | 'P', name: string): Buffer =>
  message(FRONTEND.close, Buffer.from(what), name)
export const execute = (portal: string, rows: number): Buffer => message(FRONTEND.execute, portal, rows)

export function parse(name: string, text: string, types: readonly number[]): Buffer {
  return message(FRONTEND.parse, name, text, u16(types.length), ...types)
}

/** Codes that stand where a version would. */
export const CODE = { cancel: 80877102, ssl: 80877103, gss: 80877104 } as const
export const VERSION_3 = 3 << 16
