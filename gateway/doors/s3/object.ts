import { hash } from 'node:crypto'
import { canonical } from '../../../core/canonical.ts'
import { baited } from '../../decoys/story.ts'
import type { MaskPlan } from '../../masking/masker.ts'
import type { Decision } from '../../policy/facts.ts'
import type { Snapshot } from '../../policy/policy.ts'
import { type Shown, shownOf } from '../inquiry/shown.ts'
import type { BackendAnswer } from './backend.ts'
import type { Copy } from './copies/copies.ts'
import { makeCopy } from './copies/make.ts'
import type { Door } from './door-context.ts'
import { fail } from './errors.ts'
import type { S3Request } from './s3-request.ts'
import { objectId } from './steps.ts'

/** What the backend says of an object; sizes and digests in it are those of what is hidden too. */
export interface ObjectHead {
  bucket: string
  key: string
  versionId?: string
  etag: string
  size: number
  /** ms since epoch */
  modified: number
  contentType?: string
  contentEncoding?: string
  metadata: Readonly<Record<string, string>>
}

/** @throws TW_S3_NO_KEY */
export async function headOf(
  door: Door,
  bucket: string,
  key: string,
  versionId?: string,
): Promise<ObjectHead> {
  const answer = await door.backend.send({
    method: 'HEAD',
    bucket,
    key,
    ...(versionId === undefined ? {} : { query: [['versionId', versionId]] }),
  })
  answer.discard()
  if (answer.status === 404) throw fail('TW_S3_NO_KEY')
  return { bucket, key, ...(versionId === undefined ? {} : { versionId }), ...readHead(answer) }
}

function readHead({ headers }: BackendAnswer) {
  const modified = Date.parse(headers['last-modified'] ?? '')
  const size = Number(headers['content-length'])
  if (!headers.etag || !Number.isFinite(modified) || !Number.isSafeInteger(size))
    throw fail('TW_S3_BACKEND_BROKEN')
  return {
    etag: headers.etag,
    size,
    modified,
    ...(headers['content-type'] === undefined ? {} : { contentType: headers['content-type'] }),
    ...(headers['content-encoding'] === undefined ? {} : { contentEncoding: headers['content-encoding'] }),
    metadata: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => name.startsWith('x-amz-meta-'))
        .map(([name, value]) => [name.slice('x-amz-meta-'.length), value]),
    ),
  }
}

/** How this reader sees objects under a decision: the plan, and what tells its copies from another's. */
export interface View {
  plan: MaskPlan
  /** Everything of policy and reader that a copy depends on. */
  key: string
  snapshot: Snapshot
}

export function viewOf(door: Door, x: S3Request, decision: Decision, bucket: string, key: string): View {
  const { snapshot } = x
  const { shape } = door.readingOf(bucket, key)
  const person = x.identity!.person.id
  const shown = { ...decision, obligations: { ...decision.obligations, hideContent: false } }
  return {
    plan: snapshot.plan(shape, shown, door.keys.derive(`pseudonym/${person}`)),
    key: canonical([
      maskingHash(snapshot),
      [...decision.obligations.reveal].sort(),
      pseudonyms(snapshot) ? person : '',
    ]),
    snapshot,
  }
}

const maskingHash = ({ config }: Snapshot) => hash('sha256', canonical(config.masking), 'hex')

/** Whether what is shown differs from reader to reader. */
function pseudonyms({ config: { masking } }: Snapshot): boolean {
  const { content, fields } = masking
  return [
    ...fields.map((field) => field.transform),
    ...content.custom.map((rule) => rule.transform),
    ...Object.values(content.transform),
  ].includes('hash')
}

/** The id of the copy that this view of this version of the object has. */
export const copyId = (
  head: Pick<ObjectHead, 'bucket' | 'key' | 'versionId' | 'etag' | 'size'>,
  view: View,
): string =>
  hash(
    'sha256',
    canonical([head.bucket, head.key, head.versionId ?? '', head.etag, head.size, view.key]),
    'hex',
  )

/** The masked copy, made if there is none yet. @throws what makeCopy throws */
export async function copyOf(door: Door, head: ObjectHead, view: View): Promise<Copy> {
  const { bucket, key, versionId, etag } = head
  const id = copyId(head, view)
  const { scrub } = view.snapshot
  if (head.size > door.connection.max_object)
    throw fail('TW_S3_OBJECT_TOO_LARGE', { limit: door.connection.max_object, option: 'max_object' })
  const decoy = door
    .decoys(view.snapshot.config)
    .served(door.connection.name)
    .find((each) => each.id === objectId(head))
  const count = (outcome: string) => door.metrics.copies.inc({ connection: door.connection.name, outcome })
  return door.copies.get(id, async () => {
    try {
      const copy = await makeCopy(door, {
        id,
        source: { bucket, key, etag, ...(versionId === undefined ? {} : { versionId }) },
        rule: door.readingOf(bucket, key).rule,
        plan: view.plan,
        clean: (text) => scrub(text) === text,
        observe: door.connection.mode === 'observe',
        ...(decoy ? { finish: (masked: Uint8Array) => baited(masked, [decoy]) } : {}),
      })
      count('made')
      return copy
    } catch (error) {
      count('refused')
      throw error
    }
  })
}

/**
 * What showing it, or any part of it, shows. A range counts as the whole: which of its traces lie in it is for the
 * reader to choose. The object itself has an id, so that its pieces count once.
 */
export function shownOfCopy(x: S3Request, head: ObjectHead, copy: Copy): Shown {
  const { observed } = copy
  const named = observed.traceIds.size > 0
  const ids = named ? observed.traceIds : new Set([objectId(head)])
  const shown = shownOf(x, { ...observed, traceIds: ids }, copy.file.size)
  return {
    ...shown,
    count: shown.count === 0 ? 0 : Math.max(shown.count, named ? 0 : copy.rows),
    // The backend says when it was written; what stands inside was written by whom it tells of.
    ...(shown.oldest === undefined ? { oldest: head.modified, newest: head.modified } : {}),
  }
}
