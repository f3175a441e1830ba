import { parentPort, workerData } from 'node:worker_threads'
import { CodedError } from '../../../core/errors.ts'
import { documents } from './documents.ts'
import { erasure } from './erasure.ts'
import { events } from './events.ts'
import type { Opening, Reply, Request } from './methods.ts'
import { queries } from './queries.ts'
import { migrate, openDatabase, prepare, type Sqlite } from './schema.ts'

/** SQLite's primary result codes that mean damage; everything else of SQLite's is worth another try. */
const DAMAGE = new Set([11 /* CORRUPT */, 26 /* NOTADB */])

/**
 * The store's thread. Requests that arrive together share one transaction, and so one sync of the disk; each stands in
 * a savepoint of its own, so that one that fails takes no other with it.
 */
const port = parentPort!
const WRITES: ReadonlySet<string> = new Set(['append', 'retain', 'erase', 'put', 'remove'])

/**
 * A file that cannot be opened is the answer to whoever asked for it. The thread then ends of itself, as nothing
 * listens, and the next call tries anew; an error thrown here could overtake the answer.
 */
try {
  const db = openDatabase(String(workerData.file))
  migrate(db)
  serve(db)
} catch (error) {
  const failure: Opening = { unopened: described(error) }
  port.postMessage(failure)
}

function serve(db: Sqlite): void {
  const store = { ...events(db), ...erasure(db), ...queries(db), ...documents(db) }
  const alive = prepare(db, 'select 1')
  const waiting: Request[] = []

  port.on('message', (request: Request) => {
    if (waiting.push(request) === 1) setImmediate(drain)
  })

  const drain = () => {
    // What rewrites the file cannot stand in a transaction: it goes alone, after what came before it.
    const alone = waiting.findIndex(({ method }) => method === 'compact')
    const requests = waiting.splice(0, alone < 0 ? waiting.length : Math.max(1, alone))
    const writes = requests.some(({ method }) => WRITES.has(method))
    let replies: Reply[]
    try {
      if (writes) db.exec('begin immediate')
      replies = requests.map((request) => answer(request, writes))
      if (writes) db.exec('commit')
    } catch (error) {
      if (db.inTransaction) db.exec('rollback')
      replies = requests.map(({ call }) => ({ call, error: described(error) }))
    }
    for (const reply of replies) port.postMessage(reply)
    if (waiting.length > 0) setImmediate(drain)
    if (requests.some(({ method }) => method === 'close')) {
      db.close()
      port.close()
    }
  }

  const answer = (request: Request, transaction: boolean): Reply => {
    const { call, method } = request
    const savepoint = transaction && WRITES.has(method)
    try {
      if (savepoint) db.exec('savepoint one')
      const value = run(request)
      if (savepoint) db.exec('release one')
      return { call, value }
    } catch (error) {
      if (savepoint && db.inTransaction) db.exec('rollback to one; release one')
      return { call, error: described(error) }
    }
  }

  const run = (request: Request): unknown => {
    switch (request.method) {
      case 'append':
        return store.append(...request.args)
      case 'read':
        return store.read(...request.args)
      case 'search':
        return store.search(...request.args)
      case 'aggregate':
        return store.aggregate(...request.args)
      case 'retain':
        return store.retain(...request.args)
      case 'erase':
        return store.erase(...request.args)
      case 'compact':
        return store.compact()
      case 'get':
        return store.get(...request.args)
      case 'put':
        return store.put(...request.args)
      case 'list':
        return store.list(...request.args)
      case 'remove':
        return store.remove(...request.args)
      case 'ping':
        return alive.get() === undefined
      case 'init':
      case 'close':
        return undefined
    }
  }
}

function described(error: unknown): { code: string; details: Record<string, unknown> } {
  if (error instanceof CodedError) return { code: error.code, details: error.details }
  const code = (error as { rawCode?: number }).rawCode
  const reason = error instanceof Error ? error.message : String(error)
  return {
    code: code !== undefined && DAMAGE.has(code & 0xff) ? 'TW_STORE_DAMAGED' : 'TW_STORE_UNAVAILABLE',
    details: { reason },
  }
}
