import Database from 'libsql'

export type Sqlite = Database.Database

const SCHEMA = `
create table if not exists events (
  n integer primary key,
  id text not null unique,
  chain text not null,
  sequence integer not null,
  at integer not null,
  user text, session text, action text not null, outcome text not null,
  connection text, collection text,
  traces integer not null, bytes integer not null,
  body text not null
);
create index if not exists events_chain on events (chain, sequence);
create index if not exists events_at on events (at, n);
create index if not exists events_user on events (user, at);
create index if not exists events_session on events (session, at);
create virtual table if not exists events_text using fts5(words, content='', contentless_delete=1);
create table if not exists documents (
  kind text not null, id text not null,
  version integer not null, at integer not null, at_text text not null,
  keys text not null, body text not null,
  primary key (kind, id)
) without rowid;
create index if not exists documents_at on documents (kind, at, id);
create table if not exists document_keys (
  kind text not null, name text not null, value text not null, at integer not null, id text not null,
  primary key (kind, name, value, at, id)
) without rowid;
create table if not exists counters (name text primary key, value integer not null) without rowid;
insert into counters values ('version', 0) on conflict do nothing;
`

/**
 * Opens the file for one thread. WAL: readers never wait for the writer, also in another process; a second writer
 * waits up to 10 s. Commits are synced, because an acknowledged event leaves the spool.
 */
export function openDatabase(file: string): Sqlite {
  const db = new Database(file)
  db.pragma('busy_timeout = 10000')
  db.pragma('auto_vacuum = incremental')
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.pragma('cache_size = -32000')
  return db
}

export function migrate(db: Sqlite): void {
  db.exec('begin immediate')
  try {
    db.exec(SCHEMA)
    db.exec('commit')
  } catch (error) {
    db.exec('rollback')
    throw error
  }
}

/** A statement prepared once, with the shape of its rows. */
export function prepare<Row>(db: Sqlite, sql: string) {
  const statement = db.prepare(sql)
  return {
    all: (...values: unknown[]): Row[] => statement.all(values) as Row[],
    get: (...values: unknown[]): Row | undefined => statement.get(values) as Row | undefined,
    run: (...values: unknown[]): { changes: number; lastInsertRowid: number | bigint } =>
      statement.run(values),
  }
}
