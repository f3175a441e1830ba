import { z } from 'zod'
import type { SourceLine } from '../events.ts'
import type { Line } from '../lines.ts'
import { type Action, broken, foreign, what } from './foreign.ts'
import { jsonRecords } from './json-records.ts'

/**
 * CloudTrail's data events of S3: its log files (`{"Records": […]}`, gzip) or records one after the other. Other
 * services' and management events are passed over.
 *
 * | record | event |
 * |---|---|
 * | eventTime, eventID | `@timestamp`, `event.id` |
 * | eventName | `event.action`: GetObject a read, List… and HeadObject a search, CopyObject and SelectObjectContent an export, the rest writes |
 * | errorCode | `event.outcome`, `event.reason` |
 * | userIdentity: userName, or the role's session name | `user.id`; accessKeyId is `tracewarden.person.credential` |
 * | accessKeyId, creationDate of the session (else the day) | `tracewarden.session.id` |
 * | sourceIPAddress, userAgent | `source.ip`, `user_agent.original` |
 * | requestParameters.bucketName | `tracewarden.connection.name`; with the key's folder `tracewarden.collection` |
 * | requestParameters.key | `tracewarden.traces.ids`, of reads |
 * | additionalEventData.bytesTransferredOut | `tracewarden.bytes` |
 */
export async function* cloudtrail(lines: AsyncIterable<Line>): AsyncGenerator<SourceLine> {
  for await (const place of jsonRecords(lines, 'Records')) {
    if (place.text === undefined) yield broken('longer than a record may be', place)
    else {
      const line = fromRecord(place)
      if (line) yield line
    }
  }
}

const record = z.looseObject({
  eventSource: z.string(),
  eventName: z.string(),
  eventTime: z.string(),
  eventID: z.string(),
  errorCode: z.string().optional(),
  sourceIPAddress: z.string().optional(),
  userAgent: z.string().nullish(),
  userIdentity: z.looseObject({
    arn: z.string().optional(),
    principalId: z.string().optional(),
    accessKeyId: z.string().optional(),
    userName: z.string().optional(),
    sessionContext: z
      .looseObject({ attributes: z.looseObject({ creationDate: z.string().optional() }).optional() })
      .optional(),
  }),
  requestParameters: z
    .looseObject({
      bucketName: z.string().optional(),
      key: z.string().optional(),
      prefix: z.string().optional(),
    })
    .nullish(),
  additionalEventData: z.looseObject({ bytesTransferredOut: z.number().optional() }).nullish(),
})

const READS: Readonly<Record<string, Action>> = {
  GetObject: 'trace-read',
  GetObjectTorrent: 'trace-read',
  HeadObject: 'trace-search',
  CopyObject: 'trace-export',
  SelectObjectContent: 'trace-export',
}

const actionOf = (name: string): Action =>
  READS[name] ?? (/^(List|Get|Head)/.test(name) ? 'trace-search' : 'trace-write')

function fromRecord(place: { file: string; line: number; text: string | undefined }): SourceLine | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(place.text ?? '')
  } catch {
    return broken('malformed JSON', place)
  }
  const known = record.safeParse(parsed)
  if (!known.success) return broken('expected a record of CloudTrail', place)
  const { data } = known
  const bucket = data.requestParameters?.bucketName
  if (data.eventSource !== 's3.amazonaws.com' || bucket === undefined) return undefined
  const { userIdentity: who, requestParameters, sourceIPAddress: ip } = data
  const key = requestParameters?.key
  const folder = key?.includes('/') ? key.slice(0, key.lastIndexOf('/')) : requestParameters?.prefix
  const action = actionOf(data.eventName)
  const bytes = data.additionalEventData?.bytesTransferredOut
  const since = who.sessionContext?.attributes?.creationDate ?? data.eventTime.slice(0, 10)
  // A role's session: arn:aws:sts::1:assumed-role/ROLE/SESSION.
  const user = who.userName ?? who.arn?.split(':').at(-1) ?? who.principalId
  return foreign(
    {
      '@timestamp': data.eventTime,
      event: what(`cloudtrail:${data.eventID}`, action, data.errorCode),
      ...(user === undefined ? {} : { user: { id: user } }),
      ...(ip !== undefined && /^[\d.]+$|:/.test(ip) ? { source: { ip } } : {}),
      ...(data.userAgent
        ? { user_agent: { original: data.userAgent.replace(/^\[|\]$/g, '').slice(0, 512) } }
        : {}),
      tracewarden: {
        session: { id: `cloudtrail:${who.accessKeyId ?? user ?? 'unknown'}:${since}` },
        ...(who.accessKeyId === undefined ? {} : { person: { credential: who.accessKeyId } }),
        connection: { name: bucket, protocol: 's3' },
        collection: folder ? `${bucket}/${folder}` : bucket,
        statement: { shape: data.eventName },
        ...(action === 'trace-read' && key !== undefined
          ? { traces: { count: 1, distinct: 1, ids: [key] } }
          : {}),
        ...(bytes === undefined ? {} : { bytes }),
      },
    },
    place,
  )
}
