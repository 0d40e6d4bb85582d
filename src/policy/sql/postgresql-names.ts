/**
 * What a read of PostgreSQL may name: functions, operators and types that are built in since version 12 and have no effect
 * outside their result. A name that is not here is not a read, whatever it does. A schema that the text's role searches
 * may still hold an overload of these names; whoever may create one may write already (PostgreSQL docs, "10.3. Functions").
 */

import { words } from "./words.ts";

/** Only where the parser itself writes them, in pg_catalog, for a syntax of their own: alone they may be anybody's. */
export const SYNTAX_FUNCTIONS = words("extract similar_to_escape");

export const FUNCTIONS = words(`
  count sum avg min max stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp regr_slope
  regr_intercept regr_r2 regr_count bool_and bool_or every bit_and bit_or string_agg array_agg json_agg jsonb_agg
  json_object_agg jsonb_object_agg mode percentile_cont percentile_disc row_number rank dense_rank percent_rank
  cume_dist ntile lag lead first_value last_value nth_value abs ceil ceiling floor round trunc mod div power sqrt
  cbrt exp ln log sign pi degrees radians sin cos tan asin acos atan atan2 width_bucket random scale lower upper
  initcap length char_length character_length octet_length bit_length btrim ltrim rtrim substr substring left right
  lpad rpad repeat replace reverse position strpos split_part concat concat_ws format quote_ident quote_literal
  quote_nullable starts_with translate ascii chr md5 sha224 sha256 sha384 sha512 encode decode to_hex overlay
  regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table like_escape string_to_array
  array_to_string to_char to_date to_number to_timestamp now age date_part date_trunc make_date make_interval
  make_time make_timestamp make_timestamptz justify_days justify_hours justify_interval isfinite clock_timestamp
  statement_timestamp transaction_timestamp timeofday timezone overlaps num_nulls num_nonnulls array_length
  array_dims array_lower array_upper array_ndims array_position array_positions array_append array_cat array_prepend
  array_remove array_replace array_fill cardinality unnest generate_series generate_subscripts json_build_object
  json_build_array jsonb_build_object jsonb_build_array json_array_length jsonb_array_length json_array_elements
  jsonb_array_elements json_array_elements_text jsonb_array_elements_text json_each jsonb_each json_each_text
  jsonb_each_text json_extract_path jsonb_extract_path json_extract_path_text jsonb_extract_path_text
  json_object_keys jsonb_object_keys json_typeof jsonb_typeof json_strip_nulls jsonb_strip_nulls jsonb_pretty
  jsonb_set jsonb_insert jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_path_exists
  jsonb_path_match row_to_json to_json to_jsonb array_to_json json_object jsonb_object to_tsvector to_tsquery
  plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline setweight numnode querytree
  lower_inc upper_inc lower_inf upper_inf isempty int4range int8range numrange daterange tsrange tstzrange version
  current_database current_schema current_schemas pg_typeof pg_column_size pg_size_pretty pg_relation_size
  pg_table_size pg_indexes_size pg_total_relation_size pg_database_size pg_get_viewdef pg_get_indexdef
  pg_get_constraintdef pg_get_functiondef pg_get_triggerdef pg_get_expr pg_get_userbyid pg_get_serial_sequence
  obj_description col_description shobj_description format_type to_regclass to_regtype to_regproc to_regnamespace
  has_table_privilege has_column_privilege has_schema_privilege has_database_privilege pg_table_is_visible
  pg_encoding_to_char pg_postmaster_start_time pg_is_in_recovery
`);

/** `BETWEEN` and its like stand in a tree where an operator's name would. */
const BETWEEN = ["BETWEEN", "NOT BETWEEN", "BETWEEN SYMMETRIC", "NOT BETWEEN SYMMETRIC"];

export const OPERATORS: ReadonlySet<string> = new Set([
  ...BETWEEN,
  ...words(`
  = <> != < > <= >= + - * / % ^ || | & # << >> ~ ~~ !~~ ~~* !~~* ~* !~ !~* ~~~ |/ ||/ @ -> ->> #> #>> #- @> <@ ? ?| ?& &&
  @? @@ -|- &< &> ^@
`),
]);

export const TYPES = words(`
  bool int2 int4 int8 smallint integer bigint float4 float8 real numeric decimal money text varchar bpchar char name
  bytea date time timetz timestamp timestamptz interval uuid json jsonb jsonpath inet cidr macaddr bit varbit oid
  regclass regtype regproc regprocedure regnamespace regrole regoper tsvector tsquery point box line lseg path polygon
  circle int4range int8range numrange daterange tsrange tstzrange
`);

/** Catalogues of which everybody may see what is there; those with password hashes or configuration files are not. */
export const CATALOGUES = words(`
  pg_class pg_namespace pg_attribute pg_attrdef pg_type pg_index pg_indexes pg_constraint pg_tables pg_views pg_matviews
  pg_sequences pg_sequence pg_proc pg_enum pg_description pg_database pg_roles pg_extension pg_available_extensions
  pg_trigger pg_depend pg_inherits pg_partitioned_table pg_range pg_collation pg_language pg_operator pg_am pg_cast
  pg_stats pg_policies pg_rules pg_tablespace pg_timezone_names pg_settings pg_locks pg_stat_activity pg_stat_database
  pg_stat_user_tables pg_stat_all_tables pg_stat_user_indexes pg_stat_all_indexes pg_statio_user_tables
  pg_statio_user_indexes
`);
