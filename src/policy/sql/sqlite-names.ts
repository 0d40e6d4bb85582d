/** What a read of SQLite may name: built-in functions without effect (https://sqlite.org/lang_corefunc.html and its neighbours). */

import { words } from "./words.ts";

/** Of old, so that no application of today had to bring its own under the name. */
export const FUNCTIONS = words(`
  abs cast char coalesce glob hex ifnull iif instr last_insert_rowid length like lower ltrim max min nullif printf
  format quote random replace round rtrim sign soundex sqlite_version substr substring total_changes changes trim
  typeof unicode upper zeroblob avg count group_concat sum total date time datetime current_date current_time current_timestamp julianday unixepoch strftime
  json json_array json_array_length json_extract json_object json_patch json_remove json_replace json_set
  json_insert json_type json_valid json_quote json_group_array json_group_object acos asin atan atan2 ceil ceiling
  cos degrees exp floor ln log log10 log2 mod pi pow power radians sin sqrt tan trunc json_each json_tree
  generate_series
`);

export const WINDOW_FUNCTIONS = words(`
  row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
`);

/** Tables that are functions of the engine; whatever else begins with `pragma_` or `sqlite_` is not read. */
export const TABLES = words(`
  sqlite_master sqlite_schema sqlite_sequence sqlite_stat1
  pragma_table_info pragma_table_xinfo pragma_table_list pragma_index_list pragma_index_info pragma_index_xinfo
  pragma_foreign_key_list pragma_database_list pragma_collation_list
`);

/** Pragmas that only tell, with an argument or without (https://sqlite.org/pragma.html). */
export const TELLING_PRAGMAS = words(`
  table_info table_xinfo table_list index_list index_info index_xinfo foreign_key_list database_list collation_list
`);
