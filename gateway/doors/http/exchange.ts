import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CodedError } from '../../../core/errors.ts'
import type { Approval, Grant } from '../../approvals/approval.ts'
import type { Touched } from '../../decoys/decoy.ts'
import type { Identity } from '../../identity/person.ts'
import type { Decision, RequestFacts } from '../../policy/facts.ts'
import type { DecisionInput, Snapshot } from '../../policy/policy.ts'
import type { LiveSession, SessionOpening } from '../../sessions/tracker.ts'
import type { Inquiry } from '../inquiry/inquiry.ts'
import type { BackendHead, Call } from './backend.ts'
import type { Headers } from './canonical/headers.ts'
import type { Target } from './canonical/target.ts'
import type { Planting } from './decoys/planting.ts'
import type { Door } from './door-context.ts'
import type { Peer } from './peer.ts'
import type { CanonicalRequest, Route, RouteResponse } from './profile.ts'

/**
 * One request on its way through the pipeline. Each step fills in its part; a later step reads what earlier ones
 * filled, so the order of the list in pipeline.ts is the order of these fields.
 */
export class Exchange implements Inquiry {
  readonly #door: Door
  readonly id: string
  readonly peer: Peer
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** ms since epoch, and on the monotonic clock. */
  readonly at: number
  readonly started: number
  /** Policy as it was when the request came. */
  snapshot: Snapshot

  // canonical
  target: Target | undefined
  headers: Headers | undefined
  request: CanonicalRequest | undefined
  /** What canonicalisation found; thrown once it is known who asks. */
  refusal: CodedError | undefined
  // identity
  identity: Identity | undefined
  session: LiveSession | undefined
  // route
  route: Route | undefined
  facts: RequestFacts | undefined
  response: RouteResponse | undefined
  /** What the route answers, also where the store then answered an error: predicates are judged by this. */
  routed: RouteResponse | undefined
  planting: Planting | undefined
  // decide
  decision: Decision | undefined
  /** `hmac:` of the logical query, as grants are bound to. */
  logical: string | undefined
  /** A use of the grant is spent on this request. */
  claimed = false
  grant: Grant | undefined
  approval: Approval | undefined
  canary: Touched | undefined
  canaryTold = false
  // forward
  call: Call | undefined
  head: BackendHead | undefined
  // release
  /** An answer has begun: a refusal can only cut the connection. */
  releasing = false
  /** The client is gone. */
  gone = false
  /** Windows reservations to undo if nothing is released. */
  undo: (() => void) | undefined

  #statement: string | undefined
  #goneSignal: AbortSignal | undefined

  constructor(door: Door, id: string, peer: Peer, req: IncomingMessage, res: ServerResponse) {
    this.#door = door
    this.id = id
    this.peer = peer
    this.req = req
    this.res = res
    this.at = door.clock.now()
    this.started = door.clock.monotonic()
    this.snapshot = door.snapshot()
  }

  get expects(): DecisionInput['expects'] {
    const route = this.routed!
    return route.kind === 'asset' ? undefined : { listing: route.listing, shape: route.shape }
  }

  goneSignal(): AbortSignal {
    if (!this.#goneSignal) {
      const gone = new AbortController()
      if (this.gone) gone.abort()
      else this.res.once('close', () => gone.abort())
      this.#goneSignal = gone.signal
    }
    return this.#goneSignal
  }

  opening(): SessionOpening {
    return {
      identity: this.identity!,
      connection: this.#door.connection.name,
      protocol: this.#door.connection.profile === 'mcp' ? 'mcp' : 'http',
      source: this.req.socket.remoteAddress ?? '',
      userAgent: this.snapshot.scrub(this.headers?.sent['user-agent'] ?? ''),
    }
  }

  /** Over method, target and body. */
  statementHash(): string {
    const { statementMac } = this.#door
    this.#statement ??= `hmac:${statementMac(`${this.req.method} ${this.target?.encoded}\n`, this.request?.body).slice(0, 32)}`
    return this.#statement
  }

  literal() {
    const query = this.target?.query.flat() ?? []
    return [this.req.url, this.target?.path, ...query, this.request?.body]
  }
}
