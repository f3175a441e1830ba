import type { Alert } from '../lifecycle/alert.ts'
import type { Alerts } from '../lifecycle/alerts.ts'
import type { DigestSlot } from '../lifecycle/digest.ts'

/** What one digest tells. */
export interface Digest {
  slot: DigestSlot
  alerts: readonly Alert[]
  /** There are more than these. */
  more: boolean
}

const MOST = 300

/** Everything that waited and is not yet closed, found in the time of a digest. */
export async function readDigest(alerts: Pick<Alerts, 'list'>, slot: DigestSlot): Promise<Digest> {
  const { from, to } = slot
  const page = await alerts.list({ notice: 'digest', from, to, limit: MOST })
  const open = page.alerts.filter(({ status, suppression }) => status !== 'closed' && !suppression)
  return { slot, alerts: open, more: page.next !== undefined }
}

/** A slot as the id of its delivery's subject, and back. */
export const slotId = ({ from, to }: DigestSlot): string => `${from}/${to}`
export function slotOf(id: string): DigestSlot {
  const [from = '', to = ''] = id.split('/')
  return { id: to, from, to }
}
