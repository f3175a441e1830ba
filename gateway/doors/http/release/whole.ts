import { baited } from '../../../decoys/story.ts'
import type { MaskPlan } from '../../../masking/masker.ts'
import { nothingObserved } from '../../../masking/observed.ts'
import type { Decision } from '../../../policy/facts.ts'
import { claim } from '../../inquiry/approve.ts'
import { commit } from '../../inquiry/commit.ts'
import { draftOf } from '../../inquiry/event.ts'
import { settle } from '../../inquiry/settle.ts'
import { responseFacts, type Shown, shownOf } from '../../inquiry/shown.ts'
import { type BodyType, maskBody } from '../bodies/body-masker.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { contentHash } from './content-hash.ts'
import { finished } from './finished.ts'
import { bodyFrame, endFrame, openingFrames } from './frames.ts'
import { releaseHeaders } from './headers.ts'

/** A decision on the answer may reveal more or less than the first one did, and then it is masked again. */
const MAX_ROUNDS = 4

/** Masks, decides, counts, records and only then releases an answer that is held whole. */
export async function releaseWhole(door: Door, x: Exchange, type: BodyType, body: Uint8Array): Promise<void> {
  const head = x.head!
  const { out, shown } = await judged(door, x, type, body)
  if (x.grant) await claim(door, x, shown.ids)
  const headers = releaseHeaders(door, x, head)
  headers['content-length'] = out.length
  const backendFailed = head.status >= 400
  const draft = draftOf(door, x, {
    outcome: backendFailed ? 'failure' : 'success',
    reason: backendFailed ? `the store answered ${head.status}` : undefined,
    shown,
    bytes: out.length,
  })
  const frames = openingFrames(x, head)
  if (x.decision!.obligations.record === 'full') frames.push(bodyFrame(x, x.at, out))
  frames.push(endFrame(x, x.at))
  await commit(door, x, [draft], frames)
  x.releasing = true
  // Nobody sees it any more, but it was as good as released: too much may be recorded, never too little.
  if (!x.gone) {
    x.res.writeHead(head.status, headers)
    x.res.end(out)
  }
  finished(door, x, shown, out.length)
}

async function judged(
  door: Door,
  x: Exchange,
  type: BodyType,
  body: Uint8Array,
): Promise<{ out: Uint8Array; shown: Shown }> {
  const observing = door.connection.mode === 'observe'
  const failed = x.head!.status >= 400
  let content: string | undefined
  let plan = planOf(door, x, x.decision!)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const masked = mask(door, x, type, plan, body)
    const out = baitedFor(x, observing ? body : masked.body)
    const seen = shownOf(x, masked.observed, out.length)
    const shown = failed ? { ...seen, count: 0 } : seen
    const facts = (withContent: boolean) => {
      if (withContent && content === undefined) {
        const hash = contentHash(door, type)
        hash.update(body)
        content = hash.digest()
      }
      return responseFacts(shown, out.length, withContent ? content : undefined)
    }
    const decision = settle(door, x, facts)
    x.decision = decision instanceof Promise ? await decision : decision
    const next = planOf(door, x, x.decision)
    if (observing || next === plan) return { out, shown }
    plan = next
  }
  throw fail('TW_HTTP_WITHHELD', { reason: 'policy does not settle on what may be shown' })
}

/** The bait of decoys that this answer shows, in its place. */
export const baitedFor = ({ planting }: Exchange, bytes: Uint8Array): Uint8Array =>
  planting && 'decoys' in planting ? baited(bytes, planting.decoys) : bytes

export function planOf(door: Door, x: Exchange, decision: Decision): MaskPlan {
  const route = x.response!
  if (route.kind === 'asset') throw fail('TW_HTTP_INTERNAL')
  const error = x.head!.status >= 400
  const judgedBy = error
    ? { ...decision, obligations: { ...decision.obligations, hideContent: true } }
    : decision
  return x.snapshot.plan(route.shape, judgedBy, door.keys.derive(`pseudonym/${x.identity!.person.id}`))
}

/** What cannot be masked is withheld; observing lets it pass unseen, because nobody may be stopped by a trial. */
function mask(door: Door, x: Exchange, type: BodyType, plan: MaskPlan, body: Uint8Array) {
  try {
    return maskBody(plan, type, body)
  } catch (error) {
    if (door.connection.mode !== 'observe') throw error
    door.log.warn({ err: error, request: x.id }, 'an answer could not be judged; observe mode lets it pass')
    return { body, observed: { ...nothingObserved(), content: true } }
  }
}
