/** The reference server for files. */
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tool } from "./steps.mjs";

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const FILES = {
  "docs/readme.md": "# Read me\n\nOne.\nTwo.\nThree.\n",
  "docs/木戸番.md": "夜の木戸 🏮\r\n\ttab \u0001 \u2028 end",
  "docs/deep/er/data.json": '{"n":9007199254740993.10,"__proto__":{"a":1}}',
  "big.txt": "All work and no play.\n".repeat(20_000),
  "pixel.png": PIXEL,
  "empty.txt": "",
};

export const filesystem = {
  id: "filesystem",
  package: { name: "@modelcontextprotocol/server-filesystem", program: "dist/index.js" },
  start: (program, { workspace }) => ({ command: process.execPath, args: [program, workspace] }),
  prepare({ workspace }) {
    for (const [path, content] of Object.entries(FILES)) {
      mkdirSync(join(workspace, path, ".."), { recursive: true });
      writeFileSync(join(workspace, path), content);
      utimesSync(join(workspace, path), 1e9, 1e9);
    }
  },
  volatile: [
    {
      name: "created or accessed",
      pattern: /(?:created|accessed): [^\\]*/g,
      reason: "When a file came to be and was last read is different for each fresh copy; when it was changed is set.",
    },
  ],
  steps({ workspace }) {
    const at = (path) => join(workspace, path);
    return [
      tool("list_allowed_directories"),
      tool("list_directory", { path: workspace }),
      tool("list_directory_with_sizes", { path: at("docs"), sortBy: "size" }),
      tool("directory_tree", { path: workspace }),
      tool("read_text_file", { path: at("docs/readme.md") }),
      tool("read_text_file", { path: at("docs/readme.md"), head: 2 }),
      tool("read_text_file", { path: at("docs/木戸番.md"), tail: 1 }),
      tool("read_text_file", { path: at("docs/deep/er/data.json") }),
      tool("read_text_file", { path: at("big.txt") }),
      tool("read_file", { path: at("empty.txt") }),
      tool("read_media_file", { path: at("pixel.png") }),
      tool("read_multiple_files", { paths: [at("docs/readme.md"), at("missing.txt")] }),
      tool("search_files", { path: workspace, pattern: "**/*.md", excludePatterns: ["deep"] }),
      tool("get_file_info", { path: at("pixel.png") }),
      tool("read_text_file", { path: "/etc/passwd" }),
      tool("read_text_file", { path: at("missing.txt") }),
      tool("read_text_file", { path: 7 }),
      tool("create_directory", { path: at("new/folder") }),
      tool("write_file", { path: at("new/folder/木.txt"), content: "水\u2028\n" }),
      tool("edit_file", { path: at("docs/readme.md"), edits: [{ oldText: "Two.", newText: "Zwei." }], dryRun: true }),
      tool("edit_file", { path: at("docs/readme.md"), edits: [{ oldText: "Two.", newText: "Deux." }] }),
      tool("edit_file", { path: at("docs/readme.md"), edits: [{ oldText: "not there", newText: "x" }] }),
      tool("move_file", { source: at("empty.txt"), destination: at("new/moved.txt") }),
      tool("move_file", { source: at("big.txt"), destination: at("new/moved.txt") }),
      tool("read_text_file", { path: at("docs/readme.md") }),
      tool("directory_tree", { path: at("new") }),
    ];
  },
};
