/** Checks a value given as text; what it does not know it refuses. */
type Check = (value: string) => boolean

const any: Check = () => true
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value.toLowerCase())
const whole =
  (low: number, high: number): Check =>
  (value) =>
    /^-?\d{1,9}$/.test(value) && Number(value) >= low && Number(value) <= high
const flag = oneOf('on', 'off', 'true', 'false', 'yes', 'no', '1', '0')
/** Zero would switch the limit off. */
const waiting: Check = (value) => /^[1-9]\d{0,8}\s*(ms|s|min|h|d)?$/.test(value.trim())

/** Parameters that change how values look or when a statement is given up, and nothing that policy rests on. */
export const SETTINGS: ReadonlyMap<string, Check> = new Map(
  Object.entries({
    application_name: any,
    bytea_output: oneOf('hex', 'escape'),
    client_encoding: oneOf('utf8', 'utf-8', 'unicode'),
    client_min_messages: oneOf('error', 'warning', 'notice', 'log'),
    datestyle: any,
    default_transaction_isolation: oneOf(
      'read committed',
      'repeatable read',
      'serializable',
      'read uncommitted',
    ),
    default_transaction_deferrable: flag,
    default_transaction_read_only: oneOf('on', 'true', 'yes', '1'),
    enable_hashjoin: flag,
    enable_indexscan: flag,
    enable_mergejoin: flag,
    enable_nestloop: flag,
    enable_seqscan: flag,
    extra_float_digits: whole(-15, 3),
    idle_in_transaction_session_timeout: waiting,
    intervalstyle: oneOf('postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'),
    jit: flag,
    lock_timeout: waiting,
    plan_cache_mode: oneOf('auto', 'force_custom_plan', 'force_generic_plan'),
    standard_conforming_strings: oneOf('on', 'true', 'yes', '1'),
    statement_timeout: waiting,
    timezone: any,
    transaction_isolation: oneOf('read committed', 'repeatable read', 'serializable', 'read uncommitted'),
    transaction_read_only: oneOf('on', 'true', 'yes', '1'),
    xmloption: oneOf('content', 'document'),
  }),
)

/** Parameters that can be looked at, with SHOW and current_setting. */
export const SHOWN: ReadonlySet<string> = new Set([
  ...SETTINGS.keys(),
  ...`block_size in_hot_standby integer_datetimes is_superuser lc_collate lc_ctype lc_messages lc_monetary lc_numeric
  lc_time max_identifier_length max_index_keys max_connections row_security search_path server_encoding server_version
  server_version_num session_authorization role time_zone transaction_deferrable default_transaction_read_only
  transaction_read_only default_tablespace`.split(/\s+/),
])
