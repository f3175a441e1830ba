import type { ServerResponse } from 'node:http'
import type { Decision } from '../../policy/facts.ts'
import type { Frame } from '../../recording/recording.ts'
import { commit } from '../inquiry/commit.ts'
import { decide, reserve } from '../inquiry/decide.ts'
import { draftOf, verdictOf } from '../inquiry/event.ts'
import { blocked } from '../inquiry/settle.ts'
import { responseFacts, type Shown } from '../inquiry/shown.ts'
import type { Door } from './door-context.ts'
import { fail } from './errors.ts'
import type { S3Request } from './s3-request.ts'

export type AnswerHeaders = Record<string, string | number>

const MIB = 1024 * 1024

export const commonHeaders = (x: S3Request): AnswerHeaders => ({
  'x-amz-request-id': x.id,
  'x-amz-id-2': x.id,
  server: 'tracewarden',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
})

function openingFrames(x: S3Request, status: number, type: string): Frame[] {
  const { id: request, at } = x
  return [
    { at, request, kind: 'request', meta: { method: x.req.method ?? '', path: x.req.url ?? '' } },
    { at, request, kind: 'response', meta: { status, type } },
  ]
}

export interface Answer {
  status: number
  headers?: AnswerHeaders
  /** Empty for HEAD and where nothing is said. */
  body?: Buffer
  type?: string
  shown?: Shown
}

/** An answer that is held whole: recorded, then released. */
export async function releaseWhole(door: Door, x: S3Request, answer: Answer): Promise<void> {
  const { status, body, shown, type = 'application/xml' } = answer
  const failed = status >= 400
  const draft = draftOf(door, x, {
    outcome: failed ? 'failure' : 'success',
    ...(failed ? { reason: `the store answered ${status}` } : {}),
    ...(shown ? { shown } : {}),
    bytes: body?.length ?? 0,
  })
  const frames = openingFrames(x, status, type)
  if (body?.length && x.decision!.obligations.record === 'full')
    frames.push({ at: x.at, request: x.id, kind: 'body', data: body })
  frames.push({ at: x.at, request: x.id, kind: 'end' })
  await commit(door, x, [draft], frames)
  x.releasing = true
  const headers: AnswerHeaders = { ...commonHeaders(x), ...answer.headers }
  if (body) headers['content-type'] ??= type
  if (x.req.method !== 'HEAD' && status !== 204 && status !== 304)
    headers['content-length'] = body?.length ?? 0
  if (!x.gone) {
    x.res.writeHead(status, headers)
    x.res.end(x.req.method === 'HEAD' ? undefined : body)
  }
  finished(door, x, shown, body?.length ?? 0)
}

/**
 * Bytes of a copy, settled and reserved before: intent on disk, then a segment at a time, each on disk before it goes
 * out. Suspension and policy are asked again every MiB; a violation resets the connection.
 */
export async function releaseCopy(
  door: Door,
  x: S3Request,
  answer: { status: number; headers: AnswerHeaders; type: string; shown: Shown; length: number },
  bytes: AsyncIterable<Buffer>,
): Promise<void> {
  const { shown, length } = answer
  const verdict = shown.masked.length ? 'mask' : x.decision!.verdict
  await commit(
    door,
    x,
    [draftOf(door, x, { outcome: 'success', phase: 'intent', verdict })],
    openingFrames(x, answer.status, answer.type),
  )
  x.releasing = true
  if (!x.gone)
    x.res.writeHead(answer.status, { ...commonHeaders(x), ...answer.headers, 'content-length': length })
  let released = 0
  let asked = 0
  try {
    for await (const segment of bytes) {
      if (x.gone) throw fail('TW_S3_CLIENT_GONE')
      if (released - asked >= MIB) {
        judgeAgain(door, x, shown, released)
        asked = released
      }
      // What the copy shows is counted with its first bytes; the rest says only how much more went out.
      const part = released === 0 ? shown : { ...shown, count: 0, ids: [] }
      const draft = draftOf(door, x, {
        outcome: 'success',
        phase: 'segment',
        shown: part,
        bytes: segment.length,
      })
      const full = x.decision!.obligations.record === 'full'
      const frames: Frame[] = full
        ? [{ at: door.clock.now(), request: x.id, kind: 'body', data: segment }]
        : []
      await commit(door, x, [draft], frames)
      released += segment.length
      note(door, x, released === segment.length ? shown : undefined, segment.length)
      if (!x.res.write(segment)) await drained(x.res)
    }
    if (released !== length) throw fail('TW_S3_DISK')
  } catch (error) {
    await complete(door, x, error)
    throw error
  }
  await complete(door, x, undefined)
  x.res.end()
  finished(door, x, undefined, 0)
}

async function complete(door: Door, x: S3Request, error: unknown): Promise<void> {
  const reason = x.gone ? 'the client went away' : error instanceof Error ? error.message : undefined
  const outcome = error === undefined ? 'success' : 'failure'
  const draft = draftOf(door, x, { outcome, phase: 'complete', ...(reason === undefined ? {} : { reason }) })
  await commit(door, x, [draft], [{ at: door.clock.now(), request: x.id, kind: 'end' }])
}

function judgeAgain(door: Door, x: S3Request, shown: Shown, released: number): void {
  const refusal = door.identity.refusal(x.identity!.person.user)
  if (refusal) throw refusal
  x.undo?.()
  x.undo = undefined
  const facts = responseFacts(shown, released, x.grant?.content)
  const decision: Decision = decide(door, x, door.snapshot(), facts)
  reserve(door, x, facts)
  if (door.connection.mode === 'observe') return
  if (decision.verdict === 'block' || decision.verdict === 'approval') {
    x.decision = decision
    throw blocked(decision)
  }
}

function note(door: Door, x: S3Request, shown: Shown | undefined, bytes: number): void {
  const { session } = x
  if (session) {
    session.totals.bytes += bytes
    session.totals.traces += shown?.count ?? 0
    if (shown?.sensitive.length) session.sensitiveAt = door.clock.now()
  }
  door.metrics.bytes.inc({ connection: door.connection.name }, bytes)
}

/** The end of a request that was served. */
function finished(door: Door, x: S3Request, shown: Shown | undefined, bytes: number): void {
  const connection = door.connection.name
  note(door, x, shown, bytes)
  if (x.session) x.session.totals.requests++
  const verdict = verdictOf(x, shown) ?? 'none'
  door.metrics.requests.inc({ connection, operation: x.operation!.name, verdict, outcome: 'success' })
  door.metrics.duration.observe({ connection }, (door.clock.monotonic() - x.started) / 1e3)
}

function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done)
      res.off('close', done)
      resolve()
    }
    if (res.destroyed || !res.writableNeedDrain) return resolve()
    res.on('drain', done)
    res.on('close', done)
  })
}
