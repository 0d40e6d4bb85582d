/**
 * What a read of MySQL or MariaDB may name: native functions without effect. A native function goes before a stored or
 * loaded one of its name (MySQL manual, "11.2.5 Function Name Parsing and Resolution"), so the list holds what MySQL 5.7 and
 * MariaDB 10.2 have already: in an older server a newer name could be somebody's own.
 */

import { words } from "./words.ts";

export const FUNCTIONS = words(`
  count sum avg min max group_concat std stddev stddev_pop stddev_samp var_pop var_samp variance bit_and bit_or bit_xor
  abs acos asin atan atan2 ceil ceiling conv cos cot crc32 degrees exp floor ln log log10 log2 mod pi pow power radians rand
  round sign sin sqrt tan truncate
  ascii bin bit_length char_length character_length concat concat_ws elt field find_in_set format from_base64 hex instr
  lcase left length locate lower lpad ltrim make_set mid oct octet_length ord position quote repeat replace reverse right
  rpad rtrim soundex space strcmp substr substring substring_index to_base64 trim ucase unhex upper
  if ifnull nullif coalesce isnull greatest least interval
  now curdate curtime current_date current_time current_timestamp sysdate utc_date utc_time utc_timestamp adddate addtime
  date date_add date_format date_sub datediff day dayname dayofmonth dayofweek dayofyear from_days from_unixtime hour
  last_day makedate maketime microsecond minute month monthname period_add period_diff quarter sec_to_time second
  str_to_date subdate subtime time time_format time_to_sec timediff timestamp timestampadd timestampdiff to_days
  to_seconds unix_timestamp week weekday weekofyear year yearweek extract
  cast convert md5 sha sha1 sha2 inet_aton inet_ntoa inet6_aton inet6_ntoa uuid
  json_array json_object json_extract json_unquote json_quote json_contains json_contains_path json_keys json_length
  json_search json_type json_valid json_depth json_set json_insert json_replace json_remove
  database schema version user current_user session_user connection_id charset collation coercibility
`);

/** Only with OVER, which older servers cannot read: alone, in MySQL 5.7, they may be stored functions. */
export const WINDOW_FUNCTIONS = words(`
  row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
`);

/** Of `SHOW`, the second word. None of them changes anything (MySQL manual, "15.7.7 SHOW Statements"). */
export const SHOWN = words(`
  tables databases schemas columns fields index indexes keys create engines variables status processlist grants warnings
  errors collation charset plugins privileges triggers events
`);
