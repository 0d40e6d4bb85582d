/** A server for one SQLite database. */
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { tool } from "./steps.mjs";

const fileIn = (workspace) => join(workspace, "data.db");
const read = (values) => tool("read_records", values);

export const sqlite = {
  id: "sqlite",
  package: { name: "mcp-sqlite", version: "1.0.9", native: "sqlite3", program: "mcp-sqlite-server.js" },
  start: (program, { workspace }) => ({ command: process.execPath, args: [program, fileIn(workspace)] }),
  prepare({ workspace }) {
    const database = new DatabaseSync(fileIn(workspace));
    database.exec(`
      CREATE TABLE gates (id INTEGER PRIMARY KEY, name TEXT NOT NULL, width REAL, seal BLOB);
      CREATE TABLE keepers (gate INTEGER REFERENCES gates (id), keeper TEXT UNIQUE);
      INSERT INTO gates VALUES (1, '木戸 "one"', 1.5, x'00ff'), (2, 'two', NULL, NULL), (9007199254740993, 'far', 1e300, NULL);
      INSERT INTO keepers VALUES (1, 'Aiko'), (2, 'Ben');
    `);
    database.close();
  },
  volatile: [
    {
      name: "changed",
      pattern: /(?<=lastModified\\": \\")[^\\]*/g,
      reason: "When the file was changed last is the time of the run.",
    },
  ],
  steps: () => [
    tool("db_info"),
    tool("list_tables"),
    tool("get_table_schema", { tableName: "gates" }),
    tool("get_table_schema", { tableName: "absent" }),
    read({ table: "gates" }),
    read({ table: "keepers", conditions: { gate: 2 }, limit: 1, offset: 0 }),
    read({ table: "absent" }),
    tool("query", { sql: "SELECT name, width FROM gates WHERE id = ? ORDER BY 1", values: [1] }),
    tool("query", { sql: "SELECT count(*) AS n, max(id) AS most FROM gates" }),
    tool("query", { sql: "SELEC 1" }),
    tool("create_record", { table: "keepers", data: { gate: 9, keeper: "Chie 千絵" } }),
    tool("create_record", { table: "keepers", data: { gate: 9, keeper: "Aiko" } }),
    tool("update_records", { table: "gates", data: { width: 2.25 }, conditions: { id: 2 } }),
    tool("query", { sql: "INSERT INTO keepers VALUES (3, 'Dan')" }),
    tool("delete_records", { table: "keepers", conditions: { keeper: "Ben" } }),
    read({ table: "keepers" }),
    read({ table: "gates" }),
    tool("db_info"),
  ],
};
