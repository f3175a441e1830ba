/** First OID of what users make; below it stands what comes with the server. */
const USERS = 16_384

/** Relations that statements can read, without those of sessions (temporary). */
const READABLE = `c.relkind IN ('r','v','m','p','f') AND c.relpersistence <> 't'`

/** Sums of hashes over row versions: any DDL makes new ones, VACUUM and ANALYZE do not. */
const versions = (table: string, where: string) =>
  `SELECT count(*) || ':' || coalesce(sum(hashtextextended(x.ctid::text || x.xmin::text, 0)), 0) AS v FROM pg_catalog.${table} x WHERE ${where}`

const OF_USERS = `IN (SELECT c.oid FROM pg_catalog.pg_class c WHERE c.oid >= ${USERS} AND ${READABLE})`

export const EPOCH = `SELECT md5(string_agg(v, ',')) AS epoch FROM (${[
  versions(
    'pg_class',
    `x.oid >= ${USERS} AND x.relkind IN ('r','v','m','p','f','i','I') AND x.relpersistence <> 't'`,
  ),
  versions('pg_attribute', `x.attrelid ${OF_USERS}`),
  versions('pg_rewrite', `x.ev_class ${OF_USERS}`),
  versions('pg_inherits', `x.inhrelid ${OF_USERS}`),
  versions('pg_attrdef', `x.adrelid ${OF_USERS}`),
  versions('pg_constraint', `x.contype = 'f' AND x.conrelid ${OF_USERS}`),
  versions('pg_proc', `x.oid >= ${USERS}`),
  versions('pg_operator', `x.oid >= ${USERS}`),
  versions('pg_type', `x.oid >= ${USERS} AND (x.typrelid = 0 OR x.typrelid ${OF_USERS})`),
  versions('pg_namespace', `x.nspname !~ '^pg_(toast_)?temp_'`),
].join(' UNION ALL ')}) AS versions`

export const SERVER = `SELECT (current_setting('server_version_num')::int / 10000)::text AS major, current_database()::text AS database`

export const RELATIONS = `SELECT c.oid::text AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
  (SELECT json_agg(json_build_array(a.attnum, a.attname, a.atttypid::bigint,
       CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END) ORDER BY a.attnum)
     FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)::text AS attributes,
  (SELECT json_agg(i.inhparent::bigint ORDER BY i.inhseqno) FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)::text AS parents,
  (SELECT json_agg(k.keys) FROM (SELECT (SELECT json_agg(u) FROM unnest(x.indkey::int2[]) u) AS keys FROM pg_catalog.pg_index x
     WHERE x.indrelid = c.oid AND x.indisunique AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL AND x.indnatts = x.indnkeyatts
       AND NOT EXISTS (SELECT FROM unnest(x.indkey::int2[]) u JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u WHERE NOT a.attnotnull)) k)::text AS keys,
  (SELECT json_agg(DISTINCT u) FROM pg_catalog.pg_index x, unnest(x.indkey::int2[]) u WHERE x.indrelid = c.oid AND (x.indisunique OR x.indisexclusion))::text AS "unique",
  (SELECT json_agg(json_build_array(k.a, f.confrelid::bigint, k.b)) FROM pg_catalog.pg_constraint f, unnest(f.conkey, f.confkey) k(a, b)
     WHERE f.conrelid = c.oid AND f.contype = 'f')::text AS "references",
  CASE WHEN c.relkind IN ('v','m') AND c.oid >= ${USERS} THEN pg_catalog.pg_get_viewdef(c.oid) END AS definition
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE ${READABLE}`

export const TYPES = `SELECT t.oid::text AS oid, n.nspname::text AS schema, t.typname::text AS name, t.typtype::text AS kind,
  CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem END::text AS element, nullif(t.typbasetype, 0)::text AS base,
  coalesce((SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid OR r.rngmultitypid = t.oid LIMIT 1))::text AS subtype
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typrelid = 0 OR t.typrelid IN (SELECT c.oid FROM pg_catalog.pg_class c WHERE ${READABLE} OR c.relkind = 'c')`

/** Everybody's functions, and of the server's own those that answer several columns. */
export const FUNCTIONS = `SELECT p.oid::text AS oid, n.nspname::text AS schema, p.proname::text AS name, p.prokind::text AS kind,
  p.provolatile::text AS volatility, p.prosecdef::text AS definer, p.proretset::text AS set,
  (SELECT json_agg(pg_catalog.format_type(u.t, NULL) ORDER BY u.i) FROM unnest(p.proargtypes) WITH ORDINALITY u(t, i))::text AS args,
  coalesce((SELECT json_agg(u.name ORDER BY u.i) FROM unnest(p.proargnames, p.proargmodes) WITH ORDINALITY u(name, mode, i) WHERE u.mode IN ('o','b','t')),
    (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0 AND NOT a.attisdropped))::text AS columns
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_type t ON t.oid = p.prorettype
WHERE p.oid >= ${USERS} OR n.nspname <> 'pg_catalog' OR p.proargmodes IS NOT NULL OR t.typtype = 'c'`

export const SHADOWED = `SELECT DISTINCT o.oprname::text AS name FROM pg_catalog.pg_operator o
WHERE o.oid >= ${USERS} AND o.oprnamespace <> 'pg_catalog'::regnamespace AND o.oprleft < ${USERS} AND o.oprright < ${USERS}`

export const SCHEMAS = `SELECT nspname::text AS name FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_(toast|temp_|toast_temp_)'`
