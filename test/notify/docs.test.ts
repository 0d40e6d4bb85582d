/** docs/notifications.md against the program: what people copy can be read, and verifies what is really sent. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config-file.ts";
import { signedHeaders, signingKey } from "../../src/notify/webhook.ts";
import type { Notice } from "../../src/approval/notice.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PAGES = ["docs/notifications.md", "docs/notifications.ja.md"] as const;
const textOf = (file: string): string => readFileSync(resolve(ROOT, file), "utf8");
const blocks = (file: string, language: string): readonly string[] =>
  [...textOf(file).matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, text]) => text ?? "",
  );

const KINDS: Readonly<Record<Notice["kind"], true>> = {
  "request.opened": true,
  "request.stage": true,
  "request.escalated": true,
  "stop.placed": true,
  "glass.broken": true,
  test: true,
};

describe.each(PAGES)("%s", (file) => {
  test("gives configuration that can be read, with every kind of channel and every key", () => {
    const [fragment = ""] = blocks(file, "yaml");
    const { config, problems } = readConfig(
      "kidoban.yaml",
      `kidoban: 1\nservers: { files: { command: x } }\n${fragment}`,
      "/gate",
    );
    expect(problems).toEqual([]);
    expect(config?.notify?.map(({ name }) => name)).toEqual([
      "webhook",
      "slack",
      "teams",
      "smtp aiko@example.com",
      "smtp ben@example.com",
    ]);
    const schema = JSON.parse(textOf("schema/config.schema.json")) as {
      readonly properties: { readonly notify: { readonly items: { readonly properties: object } } };
    };
    const cells = textOf(file)
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.split("|")[1] ?? "");
    const named = new Set(cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name)));
    for (const key of Object.keys(schema.properties.notify.items.properties)) expect(named).toContain(key);
    for (const kind of Object.keys(KINDS)) expect(named).toContain(kind);
  });

  test("shows how to check a signature, and that finds what was changed, and what is old", async () => {
    const [code = ""] = blocks(file, "js");
    const { verify } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
      readonly verify: (headers: object, body: string, secret: string, now?: number) => boolean;
    };
    const now = Date.UTC(2026, 10, 22);
    for (const secret of ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a signing secret of more than 24 bytes"]) {
      const key = signingKey(secret);
      if (key === undefined) throw new Error("no key");
      const headers = signedHeaders("msg_1", "body", key, now);
      expect(verify(headers, "body", secret, now)).toBe(true);
      expect(verify(headers, "bodY", secret, now)).toBe(false);
      expect(verify({ ...headers, "webhook-id": "msg_2" }, "body", secret, now)).toBe(false);
      expect(verify(headers, "body", `${secret}BBBB`, now)).toBe(false);
      expect(verify(headers, "body", secret, now + 600_000)).toBe(false);
    }
  });
});
