const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/**
 * Functions of pg_catalog, all overloads of each name, that compute from their arguments alone: no files, no settings,
 * no other relations, no statements in text, no waiting, no large objects, no sequences, no messages.
 */
export const FUNCTIONS = words(`
  count sum avg min max string_agg array_agg bool_and bool_or every bit_and bit_or bit_xor any_value
  stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp
  regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy
  percentile_cont percentile_disc mode json_agg jsonb_agg json_object_agg jsonb_object_agg range_agg range_intersect_agg
  row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
  abs ceil ceiling floor round trunc sign sqrt cbrt exp ln log log10 power pow mod div gcd lcm factorial pi degrees
  radians sin cos tan cot asin acos atan atan2 sinh cosh tanh width_bucket random random_normal scale min_scale trim_scale
  now clock_timestamp statement_timestamp transaction_timestamp timeofday age date_trunc date_part date_bin extract
  make_date make_time make_timestamp make_timestamptz make_interval to_timestamp to_date to_char to_number timezone
  justify_days justify_hours justify_interval isfinite overlaps date_add date_subtract
  lower upper initcap length char_length character_length octet_length bit_length substr substring left right lpad rpad
  trim btrim ltrim rtrim replace translate reverse repeat concat concat_ws format strpos position split_part starts_with
  overlay ascii chr md5 sha224 sha256 sha384 sha512 encode decode to_hex to_bin to_oct quote_ident quote_literal
  quote_nullable normalize is_normalized unistr string_to_array array_to_string regexp_match regexp_matches
  regexp_replace regexp_split_to_array regexp_split_to_table regexp_count regexp_instr regexp_like regexp_substr
  string_to_table similar_to_escape like_escape hashtext hashtextextended
  like ilike notlike text varchar bpchar name int2 int4 int8 float4 float8 numeric bool date time timetz timestamp
  timestamptz interval money uuid jsonb_typeof json_typeof
  array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position array_positions
  array_prepend array_remove array_replace array_upper cardinality trim_array unnest generate_series generate_subscripts
  array_sort array_reverse
  json_build_object jsonb_build_object json_build_array jsonb_build_array to_json to_jsonb json_object jsonb_object
  jsonb_pretty json_array_length jsonb_array_length json_array_elements jsonb_array_elements json_array_elements_text
  jsonb_array_elements_text json_each jsonb_each json_each_text jsonb_each_text json_object_keys jsonb_object_keys
  jsonb_set jsonb_insert json_strip_nulls jsonb_strip_nulls json_extract_path json_extract_path_text
  jsonb_extract_path jsonb_extract_path_text jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array
  jsonb_path_query_first
  int4range int8range numrange tsrange tstzrange daterange lower_inc upper_inc lower_inf upper_inf isempty range_merge
  gen_random_uuid uuidv4 uuidv7 uuid_extract_timestamp uuid_extract_version
  host hostmask masklen netmask network family broadcast abbrev inet_merge inet_same_family
  num_nulls num_nonnulls greatest least nullif coalesce
  pg_typeof version current_database current_schema current_schemas current_user session_user user current_catalog
  pg_backend_pid pg_is_in_recovery pg_client_encoding pg_postmaster_start_time
`)

/** Functions about the catalogue, that psql, JDBC and BI tools call where it may be listed. */
export const CATALOGUE_FUNCTIONS = words(`
  format_type pg_get_userbyid pg_table_is_visible pg_type_is_visible pg_function_is_visible pg_operator_is_visible
  pg_opclass_is_visible pg_opfamily_is_visible pg_conversion_is_visible pg_collation_is_visible pg_statistics_obj_is_visible
  pg_ts_config_is_visible pg_ts_dict_is_visible pg_ts_parser_is_visible pg_ts_template_is_visible
  pg_get_expr pg_get_indexdef pg_get_constraintdef pg_get_viewdef pg_get_triggerdef pg_get_ruledef pg_get_partkeydef
  pg_get_partition_constraintdef pg_get_statisticsobjdef pg_get_statisticsobjdef_columns pg_get_serial_sequence
  pg_get_function_arguments pg_get_function_identity_arguments pg_get_function_result pg_get_function_arg_default
  pg_get_functiondef pg_get_keywords pg_get_replica_identity_index pg_relation_is_publishable pg_index_column_has_property
  pg_index_has_property pg_indexam_has_property pg_encoding_to_char pg_tablespace_location
  obj_description col_description shobj_description pg_describe_object pg_identify_object
  pg_relation_size pg_table_size pg_total_relation_size pg_indexes_size pg_database_size pg_size_pretty pg_size_bytes
  pg_tablespace_size pg_relation_filenode pg_column_is_updatable pg_relation_is_updatable pg_options_to_table
  pg_partition_tree pg_partition_ancestors pg_partition_root pg_my_temp_schema pg_is_other_temp_schema
  has_table_privilege has_column_privilege has_any_column_privilege has_schema_privilege has_database_privilege
  has_function_privilege has_sequence_privilege has_type_privilege has_language_privilege has_tablespace_privilege
  has_foreign_data_wrapper_privilege has_server_privilege pg_has_role row_security_active
  to_regclass to_regtype to_regproc to_regprocedure to_regnamespace to_regrole to_regoper to_regoperator
  regclass regtype regproc regnamespace regrole oid aclexplode acldefault makeaclitem array_in array_out
  pg_char_to_encoding getdatabaseencoding amvalidate textin
`)
/** The same in information_schema. */
export const SCHEMA_FUNCTIONS =
  words(`_pg_expandarray _pg_char_max_length _pg_numeric_precision _pg_numeric_scale
  _pg_datetime_precision _pg_truetypid _pg_truetypmod _pg_index_position _pg_interval_type`)
