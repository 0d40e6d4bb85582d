/**
 * Which of PostgreSQL's own syntax trees (libpg_query, JSON form) are reads. Node names and their members are those of
 * `src/include/nodes/parsenodes.h` and `primnodes.h`; what is not named here is not a read.
 */

import { isObject, type Json } from "../json.ts";
import { either, type Form, list, MAX_DEPTH, members, oneOf, scalar, text, wrapped } from "./form.ts";
import type { SqlParse } from "./dialect.ts";
import { CATALOGUES, FUNCTIONS, OPERATORS, SYNTAX_FUNCTIONS, TYPES } from "./postgresql-names.ts";

const node: Form = wrapped(() => NODES);
const nodes = list(node);

/** The names of a list of String nodes; undefined where it is anything else. */
function namesIn(part: Json): readonly string[] | undefined {
  if (!Array.isArray(part)) return undefined;
  const names: string[] = [];
  for (const each of part) {
    const one = isObject(each) && isObject(each["String"]) ? each["String"]["sval"] : undefined;
    if (typeof one !== "string") return undefined;
    names.push(one);
  }
  return names;
}

/** A built-in's name, alone or in pg_catalog (the parser itself writes it so): in any other schema it is somebody's own. */
const builtIn =
  (known: ReadonlySet<string>, qualified: ReadonlySet<string> = known): Form =>
  (part) => {
    const names = namesIn(part);
    const [first = "", second] = names ?? [];
    if (names === undefined || names.length > 2) return false;
    return second === undefined ? known.has(first) : first === "pg_catalog" && qualified.has(second);
  };

const relation: Form = (part, depth) => {
  if (!rangeVar(part, depth) || !isObject(part)) return false;
  const { schemaname: schema, relname: name } = part;
  const isCatalogue = typeof name === "string" && name.startsWith("pg_");
  if (schema === "pg_catalog" || (schema === undefined && isCatalogue))
    return typeof name === "string" && CATALOGUES.has(name);
  return typeof schema !== "string" || !schema.startsWith("pg_");
};

const alias = members({ aliasname: text, colnames: nodes });
const rangeVar = members({
  catalogname: text,
  schemaname: text,
  relname: text,
  inh: scalar,
  relpersistence: oneOf("p"),
  alias,
  location: scalar,
});
const withClause = members({ ctes: nodes, recursive: scalar, location: scalar });
/** `DISTINCT` without ON is a list of one empty node. */
const distinct = list(either(node, (part) => isObject(part) && Object.keys(part).length === 0));
const select = members({
  distinctClause: distinct,
  targetList: nodes,
  fromClause: nodes,
  whereClause: node,
  groupClause: nodes,
  groupDistinct: scalar,
  havingClause: node,
  windowClause: nodes,
  valuesLists: nodes,
  sortClause: nodes,
  limitOffset: node,
  limitCount: node,
  limitOption: scalar,
  op: scalar,
  all: scalar,
  larg: (part, depth) => select(part, depth),
  rarg: (part, depth) => select(part, depth),
  withClause,
});
/** Common to all: where it stood in the text. */
const at = { location: scalar };
const typeName = members({ ...at, names: builtIn(TYPES), typmods: nodes, typemod: scalar, arrayBounds: nodes });
const window = members({
  ...at,
  name: text,
  refname: text,
  partitionClause: nodes,
  orderClause: nodes,
  frameOptions: scalar,
  startOffset: node,
  endOffset: node,
});
const indices = members({ is_slice: scalar, lidx: node, uidx: node });
const aSelect: Form = wrapped(() => ({ SelectStmt: select }));
const value = members({ ival: scalar, fval: scalar, boolval: scalar, sval: scalar, bsval: scalar });

const NODES: Readonly<Record<string, Form>> = {
  SelectStmt: select,
  ResTarget: members({ ...at, name: text, val: node }),
  ColumnRef: members({ ...at, fields: nodes }),
  ParamRef: members({ ...at, number: scalar }),
  A_Star: members({}),
  A_Const: members({
    ...at,
    ival: value,
    fval: value,
    boolval: value,
    sval: value,
    bsval: value,
    isnull: scalar,
  }),
  String: value,
  Integer: value,
  Float: value,
  List: members({ items: list(either(node, (part) => isObject(part) && Object.keys(part).length === 0)) }),
  A_Expr: members({
    ...at,
    kind: scalar,
    name: builtIn(OPERATORS),
    lexpr: node,
    rexpr: node,
    rexpr_list_start: scalar,
    rexpr_list_end: scalar,
  }),
  BoolExpr: members({ ...at, boolop: scalar, args: nodes }),
  NullTest: members({ ...at, arg: node, nulltesttype: scalar, argisrow: scalar }),
  BooleanTest: members({ ...at, arg: node, booltesttype: scalar }),
  CaseExpr: members({ ...at, arg: node, args: nodes, defresult: node }),
  CaseWhen: members({ ...at, expr: node, result: node }),
  CoalesceExpr: members({ ...at, args: nodes }),
  MinMaxExpr: members({ ...at, op: scalar, args: nodes }),
  SQLValueFunction: members({ ...at, op: scalar, typmod: scalar }),
  SubLink: members({ ...at, subLinkType: scalar, testexpr: node, operName: builtIn(OPERATORS), subselect: aSelect }),
  TypeCast: members({ ...at, arg: node, typeName }),
  CollateClause: members({ ...at, arg: node, collname: nodes }),
  FuncCall: members({
    ...at,
    funcname: builtIn(FUNCTIONS, new Set([...FUNCTIONS, ...SYNTAX_FUNCTIONS])),
    args: nodes,
    agg_order: nodes,
    agg_filter: node,
    over: window,
    agg_within_group: scalar,
    agg_star: scalar,
    agg_distinct: scalar,
    func_variadic: scalar,
    funcformat: scalar,
  }),
  NamedArgExpr: members({ ...at, name: text, arg: node, argnumber: scalar }),
  WindowDef: window,
  SortBy: members({
    ...at,
    node,
    sortby_dir: oneOf("SORTBY_DEFAULT", "SORTBY_ASC", "SORTBY_DESC"),
    sortby_nulls: scalar,
  }),
  JoinExpr: members({
    jointype: scalar,
    isNatural: scalar,
    larg: node,
    rarg: node,
    usingClause: nodes,
    join_using_alias: alias,
    quals: node,
    alias,
    rtindex: scalar,
  }),
  RangeVar: relation,
  RangeSubselect: members({ lateral: scalar, subquery: aSelect, alias }),
  RangeFunction: members({ lateral: scalar, ordinality: scalar, is_rowsfrom: scalar, functions: nodes, alias }),
  CommonTableExpr: members({
    ...at,
    ctename: text,
    aliascolnames: nodes,
    ctematerialized: scalar,
    ctequery: aSelect,
    cterecursive: scalar,
  }),
  A_ArrayExpr: members({ ...at, elements: nodes, list_start: scalar, list_end: scalar }),
  A_Indirection: members({ arg: node, indirection: list(wrapped(() => ({ A_Indices: indices }))) }),
  RowExpr: members({ ...at, args: nodes, row_format: scalar }),
  GroupingSet: members({ ...at, kind: scalar, content: nodes }),
  GroupingFunc: members({ ...at, args: nodes }),
};

const option = members({
  ...at,
  defname: oneOf("verbose", "costs", "format", "summary", "settings"),
  defaction: scalar,
  arg: node,
});
const STATEMENTS: Readonly<Record<string, Form>> = {
  SelectStmt: select,
  // Without ANALYZE, which runs what it explains; each option stands here by name.
  ExplainStmt: members({ query: aSelect, options: list(wrapped(() => ({ DefElem: option }))) }),
  VariableShowStmt: members({ name: text }),
};
const statement: Form = wrapped(() => STATEMENTS);

/**
 * Where a server's setting or a program on the way decides how a text is read: a backslash by standard_conforming_strings
 * and backslash_quote, a `U&` string likewise, a dollar quote by programs on the way that do not know it.
 */
export const DEPENDS = /\\|u&["']|\$(?:[\p{L}_][\p{L}\w]*)?\$/iu;

/** Whether a text is one statement that only reads, by its tree. Throws what the parser throws. */
export function readsPostgresql(text: string, parse: SqlParse): boolean {
  if (DEPENDS.test(text)) return false;
  const tree = parse(text);
  const statements = isObject(tree) ? tree["stmts"] : undefined;
  const [only, ...more] = Array.isArray(statements) ? statements : [];
  return more.length === 0 && isObject(only) && only["stmt"] !== undefined && statement(only["stmt"], MAX_DEPTH);
}
