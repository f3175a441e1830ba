import { Readable } from 'node:stream'
import type { Decoy } from '../../../decoys/decoy.ts'
import type { Backend, BackendRequest } from '../backend.ts'
import { type Entry, LAST, type Wanted } from '../operations/entry.ts'
import { type DecoyObject, objectOf } from './object.ts'

/** The backend as if the decoys were in it: it is never asked for them. */
export function withDecoys(backend: Backend, decoys: () => readonly Decoy[]): Backend {
  const find = ({ bucket, key }: BackendRequest) =>
    decoys().find(({ id }) => id === `s3://${bucket ?? ''}/${key ?? ''}`)
  return {
    ...backend,
    async send(request) {
      const decoy = request.method === 'GET' || request.method === 'HEAD' ? find(request) : undefined
      return decoy ? answerOf(objectOf(decoy), request.method) : backend.send(request)
    },
  }
}

function answerOf({ decoy, body, etag }: DecoyObject, method: string) {
  return {
    status: 200,
    headers: {
      etag,
      'content-length': String(body.length),
      'content-type': 'binary/octet-stream',
      'last-modified': new Date(decoy.time).toUTCString(),
    },
    body: Readable.from(method === 'HEAD' ? [] : [body]),
    discard: () => undefined,
  }
}

/** A page of a listing with the decoys that belong into it: behind `after`, and up to `until` where more follow. */
export function withDecoyEntries(
  entries: readonly Entry[],
  decoys: readonly Decoy[],
  { bucket, prefix, delimiter }: Wanted,
  { after, until }: { after: string; until: string | undefined },
): Entry[] {
  const known = new Set(entries.map(({ kind, key }) => `${kind} ${key}`))
  const added = decoys
    .map(objectOf)
    .filter((object) => object.bucket === bucket && object.key.startsWith(prefix))
    .map((object) => entryOf(object, prefix, delimiter))
    .filter(
      ({ kind, key, position }) =>
        (after === '' || position > after) &&
        (until === undefined || position <= until) &&
        !known.has(`${kind} ${key}`),
    )
  if (added.length === 0) return [...entries]
  return [...entries, ...added].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
}

function entryOf({ decoy, key, body, etag }: DecoyObject, prefix: string, delimiter: string): Entry {
  const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
  // The backend names times in whole seconds.
  const modified = Math.floor(decoy.time / 1000) * 1000
  if (cut < 0) return { kind: 'object', key, position: key, modified, etag, size: body.length }
  const common = key.slice(0, cut + delimiter.length)
  return { kind: 'prefix', key: common, position: common + LAST, modified: 0, etag: '', size: 0 }
}
