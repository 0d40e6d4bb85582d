/** The console's own few files; their names are a closed list. */

import { readFileSync } from "node:fs";
import type { ConsoleApp } from "../visitor.ts";

const TYPES = {
  "console.css": "text/css; charset=utf-8",
  "console.js": "text/javascript; charset=utf-8",
  "mark.svg": "image/svg+xml",
} as const;

/** Beside the source, or beside the built program, where scripts/build.mjs puts them. */
const read = (name: string): string => {
  try {
    return readFileSync(new URL(`../assets/${name}`, import.meta.url), "utf8");
  } catch {
    return readFileSync(new URL(`./assets/${name}`, import.meta.url), "utf8");
  }
};

export function assetRoutes(app: ConsoleApp): void {
  for (const [name, type] of Object.entries(TYPES)) {
    const text = read(name);
    app.get(`/assets/${name}`, (c) => c.body(text, 200, { "content-type": type, "cache-control": "no-cache" }));
  }
}
