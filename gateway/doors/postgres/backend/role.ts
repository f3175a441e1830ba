import { fail } from '../errors.ts'
import type { Row } from './control.ts'

/** Majors whose behaviour was tested. */
const TESTED = new Set([14, 15, 16, 17, 18])

const ROLE = `SELECT r.rolsuper::text AS super, r.rolbypassrls::text AS bypass, r.rolcreaterole::text AS roles,
  r.rolcreatedb::text AS databases, r.rolreplication::text AS replication,
  EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r','p','v','m','f'))::text AS owns,
  EXISTS (SELECT FROM pg_catalog.pg_roles m WHERE m.rolname = ANY ($$\{pg_read_server_files,pg_write_server_files,pg_execute_server_program,pg_read_all_data,pg_write_all_data,pg_monitor,pg_read_all_settings,pg_read_all_stats}$$::name[]) AND pg_catalog.pg_has_role(r.oid, m.oid, 'USAGE'))::text AS powers,
  pg_catalog.current_setting('server_version_num') AS version, pg_catalog.current_setting('server_encoding') AS encoding
FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER`

/** What the gateway's own role may do beyond reading what it was granted. */
const TOO_MUCH: readonly (readonly [string, string])[] = [
  ['super', 'it is a superuser'],
  ['bypass', 'it bypasses row security'],
  ['roles', 'it may create roles'],
  ['databases', 'it may create databases'],
  ['replication', 'it may replicate'],
  ['owns', 'it owns tables or views'],
  ['powers', 'it is a member of a role that reads files, all data or statistics'],
]

/** @throws TW_PG_BACKEND_ROLE, TW_PG_BACKEND_VERSION */
export async function inspectRole(query: (sql: string) => Promise<readonly Row[]>): Promise<void> {
  const [row] = await query(ROLE)
  const major = Math.floor(Number(row?.version ?? 0) / 10_000)
  if (!TESTED.has(major)) throw fail('TW_PG_BACKEND_VERSION', { problem: `PostgreSQL ${major}` })
  if (row?.encoding !== 'UTF8')
    throw fail('TW_PG_BACKEND_VERSION', { problem: `of server encoding ${row?.encoding}` })
  const problem = TOO_MUCH.find(([name]) => row?.[name] !== 'false')
  if (problem) throw fail('TW_PG_BACKEND_ROLE', { problem: problem[1] })
}
