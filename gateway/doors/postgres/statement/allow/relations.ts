const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/**
 * What of pg_catalog says how the database is built. Not here, and so refused: statistics (pg_stats holds the most
 * common values of every column), activity (other sessions' statements), credentials, large objects, server files.
 */
const PG_CATALOG = words(`
  pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_available_extensions
  pg_available_extension_versions pg_cast pg_class pg_collation pg_constraint pg_conversion pg_database
  pg_default_acl pg_depend pg_description pg_enum pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server
  pg_foreign_table pg_group pg_index pg_indexes pg_inherits pg_init_privs pg_language pg_matviews pg_namespace pg_opclass
  pg_operator pg_opfamily pg_parameter_acl pg_partitioned_table pg_policies pg_policy pg_proc pg_publication
  pg_publication_namespace pg_publication_rel pg_publication_tables pg_range pg_rewrite pg_roles pg_rules pg_sequence
  pg_settings pg_shdepend pg_shdescription pg_statistic_ext pg_subscription_rel pg_tables pg_tablespace
  pg_timezone_abbrevs pg_timezone_names pg_transform pg_trigger pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser
  pg_ts_template pg_type pg_user pg_views
`)
const REFUSED_IN_SCHEMA = words(`
  user_mappings user_mapping_options foreign_server_options foreign_data_wrapper_options
  foreign_table_options column_options
`)

/** Columns of these in which values of other tables, or passwords, stand. */
export const NEVER_COLUMNS: ReadonlySet<string> = new Set([
  'pg_attribute.attmissingval',
  'pg_attribute.attoptions',
  'pg_foreign_server.srvoptions',
  'pg_foreign_data_wrapper.fdwoptions',
  'pg_foreign_table.ftoptions',
  'pg_user.passwd',
])

export const isSystem = (schema: string): boolean =>
  schema === 'pg_catalog' || schema === 'information_schema'

/** Whether a system relation can be read where the catalogue is allowed. */
export const openRelation = (schema: string, name: string): boolean =>
  schema === 'pg_catalog' ? PG_CATALOG.has(name) : !name.startsWith('_') && !REFUSED_IN_SCHEMA.has(name)
