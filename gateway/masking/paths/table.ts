import type { ResponseShape, Transform } from '../masker.ts'
import { lower, segmentsOf } from './canonical.ts'
import { type Glob, matches, parseGlob } from './glob.ts'

/** A field of masking.fields, compiled. */
export interface FieldRule {
  readonly name: string
  readonly globs: readonly Glob[]
  readonly transform: Transform
  readonly hidden: boolean
  readonly highRisk: boolean
}

/** What rules and shape say about one path. */
export interface PathFacts {
  /** Hides the value, unless it is undefined. */
  readonly hidden: FieldRule | undefined
  /** Fields that are shown here: revealed to this reader, or counted only. */
  readonly shown: readonly FieldRule[]
  readonly structural: boolean
  readonly traceId: boolean
  readonly time: boolean
  readonly record: boolean
  readonly document: boolean
  /** Its name says that it holds a secret: `api_key`, `password`. */
  readonly secret: boolean
}

/** Values of OTLP key/value lists are wrapped; the wrapping is no part of the path. */
type Role = 'plain' | 'any' | 'kvlist' | 'kvarray' | 'arraylist' | 'anyarray'

const WRAPPED = /^(?:string|int|double|bool|bytes)(?:_v|V)alue$/
const SECRET_NAME =
  /^(?:.*[_.-])?(?:api[_-]?key|apikey|(?:access|auth|refresh|session|bearer|api|id|csrf|bot)[_-]?token|token|secret|client[_-]?secret|(?:access|private|secret|signing|encryption)[_-]?key|authorization|credentials?)$/
const PASSWORD_NAME = /^(?:.*[_.-])?(?:password|passwd|passphrase|pwd)$/
const STREAMED = /^(?:deltas?|chunks?|tokens?|content|text|partial|completion|arguments)$/i
const PAGING = /(?:page|next|continuation|cursor|pagination|sync)[_-]?token$/

/** A place in documents, by the keys that lead to it; made once, so that what is known about it is known at once. */
export class PathNode {
  /** Index for a masker's own notes; −1 for one that is not kept. */
  readonly id: number
  readonly table: PathTable
  readonly segments: readonly string[]
  /** The path as the keys say it, where folding of key/value lists made another of it: rules may name either. */
  readonly literal: readonly string[] | undefined
  readonly role: Role
  /** The decoded key. */
  readonly key: Buffer
  /** The key has neither escapes nor anything to hide: equal bytes need no second look. */
  plain = false
  /** What the key is replaced with. */
  masked: string | undefined
  /** The rules that found something in it. */
  maskedBy: readonly string[] = []
  /** Whether the key has been looked at. */
  seen = false
  /** The key that followed this one last time, and the first one of an object here. */
  next: PathNode | undefined
  first: PathNode | undefined
  /** Members of `{key, value}`. */
  readonly isKey: boolean
  readonly isValue: boolean
  /** The number or boolean of a wrapped value: a text in its place would break the client. */
  readonly numeric: boolean
  /** Its name says that models' answers stand here in pieces: rules of every kind look across them. */
  readonly streamed: boolean
  /** How many arrays it lies in. */
  readonly arrays: number
  readonly facts: PathFacts
  /** For an element of an array: the array's own node, under which a folded key goes on. */
  private readonly array: PathNode | undefined
  private children: Map<number, PathNode[]> | undefined
  private elements: PathNode | undefined
  /** By the hash of the key's bytes. */
  private folded: Map<number, Fold[]> | undefined

  constructor(
    table: PathTable,
    segments: readonly string[],
    literal: readonly string[] | undefined,
    role: Role,
    key: Buffer,
    from: { array?: PathNode; hidden?: FieldRule | undefined; numeric?: boolean } = {},
  ) {
    this.table = table
    this.id = table.count < table.limit ? table.count++ : -1
    this.segments = segments
    this.literal = literal
    this.role = role
    this.key = key
    this.array = from.array
    this.numeric = from.numeric ?? false
    this.isKey = key.length === 3 && key.toString('latin1', 0, 3) === 'key'
    this.isValue = key.length === 5 && key.toString('latin1', 0, 5) === 'value'
    this.streamed = STREAMED.test(segments.at(-1) ?? '')
    this.arrays = segments.reduce((n, segment) => n + Number(segment === '*'), 0)
    const facts = table.factsOf(segments, literal)
    this.facts = facts.hidden || !from.hidden ? facts : { ...facts, hidden: from.hidden }
  }

  /** The node under a key of an object here, given as decoded bytes. */
  child(buf: Buffer, start: number, end: number): PathNode {
    const hash = hashOf(buf, start, end)
    this.children ??= new Map()
    const bucket = this.children.get(hash)
    if (bucket) for (const node of bucket) if (equal(node.key, buf, start, end)) return node
    const node = this.grow(Buffer.from(buf.subarray(start, end)))
    if (node.id >= 0) {
      if (bucket) bucket.push(node)
      else this.children.set(hash, [node])
    }
    return node
  }

  private grow(bytes: Buffer): PathNode {
    const key = bytes.toString('utf8', 0, bytes.length)
    const same = this.wrapping(key)
    const renamed = this.table.shape.key ? this.table.shape.key(key) : key
    const extra = segmentsOf(renamed)
    const literal = this.literal ?? (same ? this.segments : undefined)
    return new PathNode(
      this.table,
      same ? this.segments : [...this.segments, ...extra],
      literal ? [...literal, ...extra] : undefined,
      same ?? 'plain',
      bytes,
      {
        // What lies in the wrapping of a hidden value is hidden, whatever it is called.
        hidden: this.wraps ? this.facts.hidden : undefined,
        numeric: same === 'plain' && this.role === 'any' && !/^(?:string|bytes)/.test(key),
      },
    )
  }

  /** The role of a member that only wraps the value. */
  private wrapping(key: string): Role | undefined {
    if (this.role === 'any') {
      if (WRAPPED.test(key)) return 'plain'
      if (key === 'kvlist_value' || key === 'kvlistValue') return 'kvlist'
      if (key === 'array_value' || key === 'arrayValue') return 'arraylist'
    }
    if (key === 'values' && this.role === 'kvlist') return 'kvarray'
    if (key === 'values' && this.role === 'arraylist') return 'anyarray'
    return undefined
  }

  /** The node of the elements, where this one is an array. */
  element(): PathNode {
    this.elements ??= new PathNode(
      this.table,
      [...this.segments, '*'],
      this.literal ? [...this.literal, '*'] : undefined,
      this.role === 'anyarray' ? 'any' : 'plain',
      NONE,
      { array: this },
    )
    return this.elements
  }

  /** Here is an element `{key, value}`: the node of its value. */
  fold(key: string): PathNode {
    const bytes = Buffer.from(key)
    const known = this.foldOf(bytes, 0, bytes.length)
    if (known) return known
    const base = this.array ?? this
    const node = new PathNode(
      this.table,
      [...base.segments, ...segmentsOf(this.table.shape.key ? this.table.shape.key(key) : key)],
      [...(this.literal ?? this.segments), 'value'],
      'any',
      VALUE,
    )
    if (node.id >= 0) {
      this.folded ??= new Map()
      const hash = hashOf(bytes, 0, bytes.length)
      this.folded.set(hash, [...(this.folded.get(hash) ?? []), { key: bytes, node }])
    }
    return node
  }

  /** The same for a key given as decoded bytes, if that was here before. */
  foldOf(buf: Buffer, start: number, end: number): PathNode | undefined {
    const bucket = this.folded?.get(hashOf(buf, start, end))
    if (bucket) for (const fold of bucket) if (equal(fold.key, buf, start, end)) return fold.node
    return undefined
  }

  /** Its objects only wrap a value, so hiding it leaves them standing. */
  get wraps(): boolean {
    return this.role === 'any' || this.role === 'kvlist' || this.role === 'arraylist'
  }

  /** The `values` of a wrapped list. */
  get inWrapping(): boolean {
    return this.role === 'anyarray' || this.role === 'kvarray'
  }

  get isElement(): boolean {
    return this.array !== undefined
  }
}

/** A key of a key/value list, and the node of its values. */
interface Fold {
  readonly key: Buffer
  readonly node: PathNode
}

const NONE = Buffer.alloc(0)
const VALUE = Buffer.from('value')

/** FNV-1a. */
function hashOf(buf: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ buf[i]!, 0x01000193)
  return hash
}

function equal(key: Buffer, buf: Buffer, start: number, end: number): boolean {
  if (key.length !== end - start) return false
  for (let i = 0; i < key.length; i++) if (key[i] !== buf[start + i]) return false
  return true
}

/** All nodes of one plan. Filled as documents are seen, up to a bound; paths beyond it are worked out each time. */
export class PathTable {
  readonly shape: ResponseShape
  readonly limit: number
  count = 0
  /** The node of a whole document. */
  readonly root: PathNode
  private readonly fields: readonly FieldRule[]
  private readonly reveal: ReadonlySet<string>
  private readonly structural: readonly Glob[]
  private readonly traceId: readonly Glob[]
  private readonly time: readonly Glob[]
  private readonly record: readonly Glob[]
  private readonly document: readonly Glob[]

  constructor(
    shape: ResponseShape,
    fields: readonly FieldRule[],
    structural: readonly Glob[],
    reveal: ReadonlySet<string>,
    limit = 20_000,
  ) {
    this.shape = shape
    this.fields = fields
    this.reveal = reveal
    this.limit = limit
    const globs = (sources: readonly string[], what: string) =>
      sources.map((source) => parseGlob(source, `response shape, ${what}`))
    this.structural = [...structural, ...globs(shape.structural, 'structural')]
    this.traceId = globs(shape.traceId, 'traceId')
    this.time = globs(shape.time, 'time')
    this.record = globs(shape.record, 'record')
    this.document = globs(shape.document ?? [], 'document')
    this.root = new PathNode(this, [], undefined, 'plain', NONE)
  }

  get full(): boolean {
    return this.count >= this.limit
  }

  factsOf(segments: readonly string[], literal: readonly string[] | undefined): PathFacts {
    const path = lower(this.shape.resolve ? this.shape.resolve(segments) : segments)
    const paths = literal ? [path, lower(literal)] : [path]
    const any = (globs: readonly Glob[]) => globs.some((glob) => matches(glob, path))
    // A rule may name a key/value list either way; hiding must not depend on which.
    const fields = this.fields.filter((field) => field.globs.some((g) => paths.some((p) => matches(g, p))))
    const name = path.at(-1) ?? ''
    return {
      hidden: fields.find((field) => field.hidden && !this.reveal.has(field.name)),
      shown: fields.filter((field) => !field.hidden || this.reveal.has(field.name)),
      structural: any(this.structural),
      traceId: any(this.traceId),
      time: any(this.time),
      record: any(this.record),
      document: any(this.document),
      secret: (SECRET_NAME.test(name) && !PAGING.test(name)) || PASSWORD_NAME.test(name),
    }
  }
}
