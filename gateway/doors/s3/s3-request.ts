import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Approval, Grant } from '../../approvals/approval.ts'
import type { Touched } from '../../decoys/decoy.ts'
import type { Identity } from '../../identity/person.ts'
import type { ResponseShape } from '../../masking/masker.ts'
import type { Decision, RequestFacts } from '../../policy/facts.ts'
import type { DecisionInput, Snapshot } from '../../policy/policy.ts'
import type { LiveSession, SessionOpening } from '../../sessions/tracker.ts'
import type { Inquiry } from '../inquiry/inquiry.ts'
import type { Door } from './door-context.ts'
import type { Sent } from './request/headers.ts'
import type { Operation } from './request/operations.ts'
import type { Address, Target } from './request/target.ts'
import type { Claim, Proven } from './sigv4/verify.ts'

/** One request of a client on its way through the door: an inquiry, and what S3 adds to it. */
export class S3Request implements Inquiry {
  readonly #door: Door
  readonly id: string
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly at: number
  readonly started: number
  snapshot: Snapshot

  // canonical form
  sent: Sent = {}
  target: Target | undefined
  // signature
  claim: Claim | undefined
  proven: Proven | undefined
  identity: Identity | undefined
  session: LiveSession | undefined
  // operation
  address: Address = { bucket: '', key: '' }
  args: ReadonlyMap<string, string> = new Map()
  operation: Operation | undefined
  facts: RequestFacts | undefined
  shape: ResponseShape | undefined
  // inquiry
  decision: Decision | undefined
  logical: string | undefined
  grant: Grant | undefined
  claimed = false
  approval: Approval | undefined
  canary: Touched | undefined
  canaryTold = false
  releasing = false
  gone = false
  undo: (() => void) | undefined

  #statement: string | undefined
  #gone: AbortController | undefined

  constructor(
    door: Door,
    about: { id: string; at: number; started: number },
    req: IncomingMessage,
    res: ServerResponse,
  ) {
    this.#door = door
    this.id = about.id
    this.at = about.at
    this.started = about.started
    this.req = req
    this.res = res
    this.snapshot = door.snapshot()
  }

  get expects(): DecisionInput['expects'] {
    return this.shape && { listing: this.operation!.action === 'search', shape: this.shape }
  }

  goneSignal(): AbortSignal {
    if (!this.#gone) {
      const gone = new AbortController()
      if (this.gone) gone.abort()
      else this.res.once('close', () => gone.abort())
      this.#gone = gone
    }
    return this.#gone.signal
  }

  opening(): SessionOpening {
    return {
      identity: this.identity!,
      connection: this.#door.connection.name,
      protocol: 's3',
      source: this.req.socket.remoteAddress ?? '',
      userAgent: this.snapshot.scrub(clientOf(this.sent['user-agent'] ?? '')),
    }
  }

  /** Over method and target. */
  statementHash(): string {
    const signature = this.target?.query.filter(([name]) => !name.startsWith('X-Amz-')) ?? []
    this.#statement ??= `hmac:${this.#door
      .statementMac(
        `${this.req.method} ${this.target?.path}\n${JSON.stringify(signature)}\n${this.sent.range ?? ''}`,
      )
      .slice(0, 32)}`
    return this.#statement
  }

  literal() {
    const query = this.target?.query.filter(([name]) => !name.startsWith('X-Amz-')).flat() ?? []
    return [this.target?.path, ...query]
  }
}

/** SDKs name their retry and their operation in it, which would make a session of each request. */
const clientOf = (userAgent: string): string => userAgent.split(' ')[0] ?? ''
