/**
 * Which syntax trees of MySQL and SQLite are reads. Members and types are those that node-sql-parser 5.4 gives for a SELECT;
 * what is not named here is not a read.
 */

import { isObject, type Json } from "../json.ts";
import type { Dialect } from "./dialect.ts";
import { either, type Form, list, MAX_DEPTH, members, nothing, oneOf, scalar, tagged, text } from "./form.ts";
import * as mysql from "./mysql-names.ts";
import * as sqlite from "./sqlite-names.ts";
import { words } from "./words.ts";

const OPERATORS: Form = oneOf(
  ..."AND, OR, XOR, NOT, EXISTS, NOT EXISTS, IN, NOT IN, IS, IS NOT, LIKE, NOT LIKE, GLOB, NOT GLOB".split(", "),
  ..."BETWEEN, NOT BETWEEN, DIV, MOD, ALL, ANY, =, ==, <>, !=, <, >, <=, >=, <=>, +, -, *, /, %".split(", "),
  ..."||, &&, &, |, ^, ~, <<, >>, ->, ->>".split(", "),
);
const ordered = oneOf("ASC", "DESC");

type Names = Readonly<Record<"FUNCTIONS" | "WINDOW_FUNCTIONS", ReadonlySet<string>>>;

/** A function's name in either of the two ways in which the parser gives it; never one of a schema. */
function nameIn(known: ReadonlySet<string>): Form {
  const name: Form = (part) => typeof part === "string" && known.has(part.toLowerCase());
  const only = list(members({ type: oneOf("default", "origin"), value: name }));
  return either(
    name,
    members({ name: (part, depth) => Array.isArray(part) && part.length === 1 && only(part, depth) }),
  );
}

/** The tree of one read, of the dialect whose functions and tables are given. */
function readIn({ FUNCTIONS, WINDOW_FUNCTIONS }: Names, isTable: (schema: string, name: string) => boolean): Form {
  const expression: Form = either(
    tagged("type", () => EXPRESSIONS),
    (part, depth) => nested(part, depth),
  );
  const expressions = list(expression);
  const identifier = either(text, members({ type: oneOf("default", "backticks_quote_string"), value: text }));
  const known = nameIn(new Set([...FUNCTIONS, "exists"]));
  const windowed = nameIn(new Set([...FUNCTIONS, ...WINDOW_FUNCTIONS]));

  const sorted = list(members({ expr: expression, type: ordered, nulls: scalar }));
  const partition = list(members({ expr: expression, as: scalar, type: scalar }));
  const frame = members({ partitionby: partition, orderby: sorted, name: scalar });
  const over = either(
    frame,
    members({
      type: oneOf("window"),
      as_window_specification: either(text, members({ window_specification: frame, parentheses: scalar })),
    }),
  );
  /** A list, or the one argument of an aggregate. */
  const given = either(
    members({ type: oneOf("expr_list"), value: expressions, parentheses: scalar }),
    members({
      distinct: scalar,
      expr: expression,
      orderby: sorted,
      parentheses: scalar,
      separator: members({ keyword: scalar, value: expression }),
    }),
  );
  const valued = members({
    type: text,
    value: scalar,
    parentheses: scalar,
    escape: members({ type: oneOf("ESCAPE"), value: expression }),
  });
  const dataType = members({
    dataType: (part) => typeof part === "string" && TYPES.has(part.toUpperCase()),
    length: scalar,
    scale: scalar,
    parentheses: scalar,
    suffix: list(oneOf("UNSIGNED", "SIGNED", "unsigned", "signed")),
  });

  const call = { type: text, args: given, orderby: sorted, parentheses: scalar };
  const plain = members({ ...call, name: known });
  const withOver = members({ ...call, name: windowed, over });
  const called: Form = (part, depth) => (isObject(part) && isObject(part["over"]) ? withOver : plain)(part, depth);

  const EXPRESSIONS: Readonly<Record<string, Form>> = {
    select: (part, depth) => select(part, depth),
    column_ref: members({
      type: text,
      db: identifier,
      table: identifier,
      column: identifier,
      collate: scalar,
      parentheses: scalar,
    }),
    star: valued,
    number: valued,
    bool: valued,
    null: valued,
    // A value that is given beside the text.
    origin: members({ type: text, value: oneOf("?") }),
    single_quote_string: valued,
    expr_list: members({ type: text, value: expressions, parentheses: scalar }),
    binary_expr: members({ type: text, operator: OPERATORS, left: expression, right: expression, parentheses: scalar }),
    unary_expr: members({ type: text, operator: OPERATORS, expr: expression, parentheses: scalar }),
    case: members({
      type: text,
      expr: expression,
      args: list(
        either(
          members({ type: oneOf("when"), cond: expression, result: expression }),
          members({ type: oneOf("else"), result: expression }),
        ),
      ),
      parentheses: scalar,
    }),
    cast: members({
      type: text,
      keyword: oneOf("cast"),
      expr: expression,
      symbol: oneOf("as"),
      target: list(dataType),
      parentheses: scalar,
    }),
    interval: members({ type: text, expr: expression, unit: scalar }),
    function: called,
    aggr_func: called,
    window_func: called,
  };

  const names = list(identifier);
  /** A query inside of another; the parser lists its tables and columns beside it. */
  const nested = members({
    tableList: list(text),
    columnList: list(text),
    ast: (part, depth) => select(part, depth),
    parentheses: scalar,
  });
  const joined = {
    as: identifier,
    join: (part: Json) =>
      typeof part === "string" &&
      /^(?:(?:INNER|CROSS|(?:NATURAL )?(?:LEFT|RIGHT|FULL)(?: OUTER)?|NATURAL) )?JOIN$/.test(part),
    on: expression,
    using: names,
  };
  const plainTable = members({ ...joined, db: text, table: text });
  const table: Form = (part, depth) =>
    plainTable(part, depth) &&
    isObject(part) &&
    typeof part["table"] === "string" &&
    isTable(typeof part["db"] === "string" ? part["db"].toLowerCase() : "", part["table"].toLowerCase());
  const from = list(
    either(table, members({ type: oneOf("dual") }), members({ ...joined, expr: expression, prefix: oneOf("lateral") })),
  );

  const select: Form = members({
    type: oneOf("select"),
    with: list(members({ name: identifier, stmt: nested, columns: list(expression), recursive: scalar })),
    distinct: oneOf("DISTINCT"),
    columns: list(members({ type: oneOf("expr"), expr: expression, as: scalar })),
    // Always there in trees of MySQL, with nothing in it where nothing is written anywhere.
    into: members({}),
    from,
    where: expression,
    groupby: members({ columns: expressions, modifiers: list(nothing) }),
    having: expression,
    orderby: sorted,
    limit: members({ seperator: oneOf("", ",", "offset"), value: expressions }),
    parentheses: scalar,
    parentheses_symbol: scalar,
    _next: (part, depth) => select(part, depth),
    set_op: oneOf("union", "union all", "union distinct", "except", "intersect"),
    _orderby: sorted,
    _limit: members({ seperator: oneOf("", ",", "offset"), value: expressions }),
  });
  return select;
}

const TYPES = words(`
  TEXT INTEGER INT BIGINT REAL NUMERIC DECIMAL FLOAT DOUBLE BOOLEAN BLOB CHAR VARCHAR BINARY DATE DATETIME TIME SIGNED
  UNSIGNED JSON
`);

const READS: Readonly<Record<Exclude<Dialect, "postgresql">, Form>> = {
  sqlite: readIn(sqlite, (_schema, name) => !/^(?:pragma|sqlite)_/.test(name) || sqlite.TABLES.has(name)),
  // Views of `sys` call functions that do more than read; `mysql` holds the passwords' digests.
  mysql: readIn(mysql, (schema) => schema !== "mysql" && schema !== "sys"),
};

/** Whether a tree is one statement that only reads. */
export function treeReads(tree: Json, dialect: Exclude<Dialect, "postgresql">): boolean {
  const [only, ...more] = Array.isArray(tree) ? tree : [tree];
  return more.length === 0 && only !== undefined && READS[dialect](only, MAX_DEPTH);
}
