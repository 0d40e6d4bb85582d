import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config-file.ts";
import { configChanges } from "../../src/compose/changes.ts";
import { isShorter, longest, type Retention } from "../../src/audit/retention.ts";

const read = (log: string) =>
  readConfig(
    "kidoban.yaml",
    `kidoban: 1\nservers:\n  files: { command: node, args: [a.mjs] }\n  hr: { command: node, args: [b.mjs] }\n${log}`,
    "/tmp",
  );
const YEAR = 365 * 86_400_000;
const codes = (log: string) => read(log).problems.map(({ code, severity }) => `${severity} ${code}`);

const stamped = (rest: string) => `log: { timestamp: { ca: root.pem, ${rest} } }\n`;

describe("log: in kidoban.yaml", () => {
  test("says when a stream is succeeded and how long what is kept", () => {
    expect(read("").config?.log).toBeUndefined();
    const log = `log:\n  rotate: { mib: 8, daily: false }\n  retention: { entries: 7y, bodies: 2y, servers: { hr: 400d } }\n`;
    expect(read(log)).toMatchObject({
      problems: [],
      config: {
        log: {
          rotate: { bytes: 8 * 1024 * 1024, daily: false },
          retention: { entries: 7 * YEAR, bodies: 2 * YEAR, servers: { hr: 400 * 86_400_000 } },
        },
      },
    });
    expect(read("log: { retention: { bodies: 2y } }\n").config?.log?.retention.entries).toBe(5 * YEAR);
  });

  test.each(["entries: 6d", "bodies: 183d", "servers: { hr: 30d }", "entries: 0y", "entries: 101y"])(
    "%s is an error: below six months, or beyond reason",
    (period) => {
      expect(codes(`log: { retention: { ${period} } }\n`)).toEqual(["error duration-range"]);
    },
  );

  test.each(["entries: 184d", "bodies: 364d", "servers: { hr: 200d }"])("%s is a warning: below a year", (period) => {
    expect(codes(`log: { retention: { ${period} } }\n`)).toEqual(["warning retention-short"]);
  });

  test("says who stamps its checkpoints: by http or https, without a password, not oftener than every ten minutes", () => {
    const timestamp = { url: "http://tsa.example.com/", ca: "root.pem", everyMs: 86_400_000 };
    expect(read(stamped(`url: "http://tsa.example.com"`))).toMatchObject({
      problems: [],
      config: { log: { timestamp } },
    });
    expect(read(stamped(`url: "https://x/", every: 1h`)).config?.log?.timestamp?.everyMs).toBe(3_600_000);
    expect(codes(stamped(`url: "ftp://x/"`))).toEqual(["error bad-url"]);
    expect(codes(stamped(`url: "https://me:pw@x/"`))).toEqual(["error url-password"]);
    expect(codes(stamped(`url: "https://x/", every: 9m`))).toEqual(["error duration-range"]);
    expect(codes(`log: { timestamp: { url: "https://x/" } }\n`)).toEqual(["error missing-key"]);
  });

  test("no file is too small, no server unknown, no word strange", () => {
    expect(codes("log: { rotate: { mib: 0 } }\n")).toEqual(["error out-of-range"]);
    expect(codes("log: { retention: { servers: { hq: 2y } } }\n")).toEqual(["error no-such-server"]);
    expect(codes("log: { retention: { body: 2y } }\n")).toEqual(["error unknown-key"]);
  });
});

function configured(log: string) {
  const { config } = read(log);
  if (config === undefined) throw new Error("no configuration");
  return { config, waits: new Map<string, number>(), roots: new Map<string, readonly string[]>() };
}

test("P12: another authority, or none any more, is a change that waits for acceptance", () => {
  const before = configured(stamped(`url: "https://a.example/"`));
  for (const after of [configured(stamped(`url: "http://b.example/"`)), configured("")])
    expect(configChanges(before, after)).toMatchObject([
      { what: "log", name: "timestamp", before: "https://a.example/, ca: root.pem, every: 1d", holds: "once accepted" },
    ]);
});

const one = (entries: number, bodies: number, servers: Retention["servers"] = {}): Retention => ({
  entries,
  bodies,
  servers,
});

describe("of two retentions", () => {
  test.each([
    [one(5, 5), one(5, 5), false],
    [one(5, 5), one(6, 5), false],
    [one(5, 5), one(4, 9), true],
    [one(5, 5), one(9, 4), true],
    [one(5, 5), one(5, 5, { hr: 4 }), true],
    [one(5, 5), one(5, 5, { hr: 6 }), false],
    [one(5, 5, { hr: 6 }), one(5, 5), true],
    [one(5, 5, { hr: 4 }), one(5, 5), false],
    [one(5, 5, { hr: 4 }), one(5, 4), true],
  ])("%j, then %j: shorter is %s", (old, now, shorter) => {
    expect(isShorter(old, now)).toBe(shorter);
    // The longest of both is shorter than neither.
    const both = longest([old, now]);
    expect([isShorter(old, both), isShorter(now, both)]).toEqual([false, false]);
  });
});
