import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { canonical } from '../../../core/canonical.ts'
import type { SourceLine } from '../events.ts'
import type { Line } from '../lines.ts'
import { type Action, foreign, what } from './foreign.ts'

/**
 * ECS as Elastic's own shippers write it (Filebeat, Elastic Agent, or an export of their indices with `_source`), where
 * an event has no `tracewarden` part. Documents about access to data, sign-ins and sessions become events; what tells of
 * nothing of that kind (metrics, processes, a server's own messages) is passed over.
 *
 *   field   `user.name`, nested or as one key with dots
 */
type Document = Readonly<Record<string, unknown>>

/** Undefined: passed over. `not-elastic`: a broken session event, which its own parser has to tell. */
export function elastic(text: string, place: Line): SourceLine | undefined | 'not-elastic' {
  const found = documentOf(text)
  if (!found) return 'not-elastic'
  const { document, id } = found
  const field = (name: string) => at(document, name)
  const word = (...names: string[]) => first(names.map(field))
  const action = actionOf(field, word)
  if (action === undefined) return undefined
  const user = word('user.name', 'user.id', 'user.email', 'client.user.name', 'source.user.name')
  if (user === undefined && action !== 'auth-failure') return undefined
  const time = word('@timestamp') ?? ''
  const ip = [word('source.ip'), word('client.ip'), word('source.address')].find((text) => text && isIP(text))
  const failed = failureOf(field, word)
  const read = action === 'trace-read' && failed === undefined
  const object = objectOf(word)
  const about = [user, ip, time.slice(0, 10)].filter((part) => part !== undefined).join(':')
  const session = word('session.id', 'postgresql.log.session_id', 'labels.session') ?? about
  return foreign(
    {
      '@timestamp': time,
      event: {
        ...what(`ecs:${word('event.id') ?? id ?? digest(document)}`, 'trace-read', failed),
        ...{ action, category: texts(field('event.category')), type: texts(field('event.type')) },
        ...number('duration', field('event.duration')),
      },
      ...(user !== undefined && {
        user: {
          id: user,
          ...named('name', word('user.full_name')),
          ...named('email', word('user.email')),
          ...(texts(field('user.roles')).length > 0 && { roles: texts(field('user.roles')) }),
          ...(word('user.group.name') !== undefined && { group: { name: word('user.group.name') } }),
        },
      }),
      ...(ip !== undefined && { source: { ip } }),
      ...(word('user_agent.original') !== undefined && {
        user_agent: { original: word('user_agent.original')?.slice(0, 512) },
      }),
      ...(word('observer.name', 'host.name') !== undefined && {
        observer: { name: word('observer.name', 'host.name') },
      }),
      tracewarden: {
        session: { id: `ecs:${session}` },
        ...connectionOf(word),
        ...named('collection', object.collection),
        ...(shapeOf(word) !== undefined && { statement: { shape: shapeOf(word) } }),
        ...(read && object.id !== undefined && { traces: { count: 1, distinct: 1, ids: [object.id] } }),
        ...number(
          'bytes',
          field('http.response.body.bytes') ??
            field('http.response.bytes') ??
            field('server.bytes') ??
            field('destination.bytes'),
        ),
      },
    },
    place,
  )
}

/** The document of a line, or of `_source` of an index's export; only if Elastic's shippers wrote it. */
function documentOf(text: string): { document: Document; id?: string } | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isDocument(value)) return undefined
  const document = isDocument(value._source) ? value._source : value
  if ('tracewarden' in document) return undefined
  const signs = ['ecs.version', 'agent.type', 'data_stream.dataset', 'event.dataset']
  if (!signs.some((sign) => at(document, sign) !== undefined)) return undefined
  return { document, ...(typeof value._id === 'string' && { id: value._id }) }
}

const isDocument = (value: unknown): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A field by its dotted name, however many of the dots are levels. */
function at(value: unknown, name: string): unknown {
  if (!isDocument(value)) return undefined
  if (Object.hasOwn(value, name)) return value[name]
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    const head = name.slice(0, dot)
    if (!Object.hasOwn(value, head)) continue
    const found = at(value[head], name.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/** Text, or the first of a list of texts: ECS allows either for every field. */
function first(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const one: unknown = Array.isArray(value) ? value[0] : value
    if (typeof one === 'string' && one !== '') return one
    if (typeof one === 'number') return String(one)
  }
  return undefined
}
const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string')
const named = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value })
const number = (name: string, value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? { [name]: value } : {}
const digest = (document: Document) =>
  createHash('sha256').update(canonical(document)).digest('hex').slice(0, 32)

type Field = (name: string) => unknown
type Word = (...names: string[]) => string | undefined
type ElasticAction = Action | 'login' | 'auth-failure' | 'session-start' | 'session-end'

const DATA = new Set(['database', 'file', 'web', 'api'])
const PARAMETERS = 'aws.cloudtrail.flattened.request_parameters'
const BUCKET = [`${PARAMETERS}.bucketName`, 'aws.s3.bucket.name', 'aws.s3access.bucket']
const COMMANDS: Readonly<Record<string, Action>> = { SELECT: 'trace-read', COPY: 'trace-export' }
const OBJECTS: Readonly<Record<string, Action>> = {
  ...{ GetObject: 'trace-read', GetObjectTorrent: 'trace-read' },
  ...{ CopyObject: 'trace-export', SelectObjectContent: 'trace-export' },
}

/** By what the document says most plainly: S3's operation, SQL's command, then category and type, then the method. */
function actionOf(field: Field, word: Word): ElasticAction | undefined {
  const categories = texts(field('event.category'))
  const types = texts(field('event.type'))
  const action = word('event.action')
  if (word('event.provider') === 's3.amazonaws.com' && action !== undefined)
    return OBJECTS[action] ?? (/^(List|Get|Head)/.test(action) ? 'trace-search' : 'trace-write')
  if (categories.includes('authentication')) {
    if (types.includes('end')) return 'session-end'
    return word('event.outcome') === 'failure' ? 'auth-failure' : 'login'
  }
  if (categories.includes('session'))
    return types.includes('end') ? 'session-end' : types.includes('start') ? 'session-start' : undefined
  if (!categories.some((category) => DATA.has(category))) return undefined
  const command = word('postgresql.log.command_tag')?.toUpperCase()
  if (command !== undefined) return COMMANDS[command.split(' ')[0] ?? ''] ?? 'trace-write'
  if (types.some((type) => ['creation', 'change', 'deletion'].includes(type))) return 'trace-write'
  const method = word('http.request.method')?.toUpperCase()
  if (method === 'GET') return 'trace-read'
  if (method === 'HEAD' || method === 'OPTIONS') return 'trace-search'
  if (method === 'POST' && types.includes('access')) return 'trace-search'
  if (method !== undefined) return 'trace-write'
  return types.includes('access') ? 'trace-read' : undefined
}

function failureOf(field: Field, word: Word): string | undefined {
  const status = field('http.response.status_code')
  if (typeof status === 'number' && status >= 400) return `HTTP ${status}`
  return word('event.outcome') === 'failure'
    ? (word('error.code', 'aws.cloudtrail.error_code', 'event.reason') ?? 'failure')
    : undefined
}

/** What was accessed: the object, where it has a name, and what it belongs to. Queries carry literals: never them. */
function objectOf(word: Word): { id?: string; collection?: string } {
  const bucket = word(...BUCKET)
  if (bucket !== undefined) {
    const key = word(`${PARAMETERS}.key`, 'aws.s3.object.key', 'aws.s3access.key')
    const folder = key?.includes('/') ? `/${key.slice(0, key.lastIndexOf('/'))}` : ''
    return { ...(key !== undefined && { id: key }), collection: `${bucket}${folder}` }
  }
  const file = word('file.path')
  if (file !== undefined)
    return { id: file, collection: word('file.directory') ?? (file.replace(/[\\/][^\\/]*$/, '') || '/') }
  const collection = word('postgresql.log.database', 'db.name', 'database.name')
  if (collection !== undefined) return { collection }
  const path = word('url.path', 'url.original')?.replace(/[?#].*$/, '')
  // The last part is a thing in it: a trace's id, or `spans`.
  const folder = path?.split('/').slice(0, -1).slice(0, 4).join('/')
  return folder ? { collection: folder.slice(0, 512) } : {}
}

function connectionOf(word: Word) {
  const name =
    word(...BUCKET) ??
    word('service.name', 'url.domain', 'destination.domain', 'postgresql.log.database') ??
    word('data_stream.dataset', 'event.dataset')
  if (name === undefined) return {}
  const protocol =
    word('postgresql.log.command_tag', 'postgresql.log.database') !== undefined
      ? 'postgres'
      : word('event.provider') === 's3.amazonaws.com'
        ? 's3'
        : word('http.request.method') !== undefined
          ? 'http'
          : undefined
  return { connection: { name, ...named('protocol', protocol) } }
}

function shapeOf(word: Word): string | undefined {
  const path = pathShape(word('url.path', 'url.original'))
  const method = word('http.request.method')?.toUpperCase()
  if (method !== undefined && path !== undefined) return `${method} ${path}`
  return word('postgresql.log.command_tag', 'event.action')
}

/** A path without its query, with what looks like an id as `?`. */
const pathShape = (path: string | undefined): string | undefined =>
  path
    ?.replace(/[?#].*$/, '')
    .split('/')
    .map((part) => (/\d/.test(part) && !/^v\d+$/.test(part) ? '?' : part))
    .join('/')
    .slice(0, 512)
