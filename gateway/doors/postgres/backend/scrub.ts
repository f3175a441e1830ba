import type { MessageInbox } from '../wire/inbox.ts'
import { errorFields } from './link.ts'

export interface ServerReport {
  severity: 'ERROR' | 'WARNING' | 'NOTICE' | 'FATAL'
  sqlstate: string
  message: string
}

/** Classes whose texts speak of the statement and the catalogue, never of a row. */
const OF_STATEMENT = /^(?:42|3D|3F|26|34|0A|25|2D|3B)/
/** Classes whose texts are fixed up to the first quoted value. */
const FIXED = /^(?:00|01|02|08|21|22|23|24|28|40|53|54|55|57)/

/**
 * What a client is told of an ErrorResponse or NoticeResponse. Texts quote values, DETAIL holds whole rows, CONTEXT
 * statements of functions: only what cannot hold a value goes on, and content rules look at that, too.
 */
export function serverReport(inbox: MessageInbox, scrub: (text: string) => string): ServerReport {
  const fields = errorFields(inbox)
  const sqlstate = /^[0-9A-Z]{5}$/.exec(fields.get('C') ?? '')?.[0] ?? 'XX000'
  const text = fields.get('M') ?? ''
  return {
    severity: severityOf(fields.get('V') ?? fields.get('S')),
    sqlstate,
    message: scrub(said(sqlstate, text)),
  }
}

function said(sqlstate: string, text: string): string {
  if (OF_STATEMENT.test(sqlstate)) return text.slice(0, 500)
  const withheld = `the server reports ${sqlstate}; its text is withheld`
  if (!FIXED.test(sqlstate)) return withheld
  const cut = text.search(/["':(]/)
  const plain = (cut < 0 ? text : text.slice(0, cut)).trim()
  // A digit may be of a value.
  return plain === '' || /\d/.test(plain) ? withheld : cut < 0 ? plain : `${plain} (the value is withheld)`
}

function severityOf(text: string | undefined): ServerReport['severity'] {
  if (text === 'FATAL' || text === 'PANIC') return 'FATAL'
  if (text === 'ERROR') return 'ERROR'
  return text === 'WARNING' ? 'WARNING' : 'NOTICE'
}
