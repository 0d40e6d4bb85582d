import * as fc from "fast-check";
import { expect, test, vi } from "vitest";
import { addBody, bodyDigest, freshNonce } from "../../src/log/body.ts";
import type { Disk } from "../../src/log/disk.ts";
import { Outbox } from "../../src/log/outbox.ts";
import { anyText } from "../texts.ts";

/** A file in memory. */
function page(): Disk & { readonly text: () => string } {
  const parts: Buffer[] = [];
  return {
    write(bytes) {
      parts.push(Buffer.from(bytes));
      return bytes.length;
    },
    datasync: async () => undefined,
    isThere: () => true,
    close: () => undefined,
    text: () => Buffer.concat(parts).toString("utf8"),
  };
}

/** With halves of pairs too: JavaScript's texts need not be Unicode's. Short ones and long ones are written in two ways. */
const short = fc.oneof(anyText, fc.string({ unit: fc.constantFrom("木", "\ud800", "\udc00", "é") }));
const texts = fc.oneof(
  { weight: 3, arbitrary: short },
  { weight: 1, arbitrary: short.map((text) => text.repeat(Math.ceil(1100 / (text.length + 1)))) },
);

test("P6: what is digested in its place is what anybody digests of nonce and text", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(texts, fc.constantFrom("json" as const, true, false, undefined))), (bodies) => {
      const disk = page();
      const outbox = new Outbox(disk);
      let expected = "";
      for (const [text, keep] of bodies) {
        const [nonce, json] = [freshNonce(), JSON.stringify(text)];
        const given = keep === "json" ? json : text;
        const ref = addBody(outbox, nonce, given, keep);
        expect(ref).toEqual({ digest: bodyDigest(nonce, given), bytes: Buffer.byteLength(given, "utf8") });
        if (keep === undefined) continue;
        const kept = { json: `,"json":${json}`, true: `,"text":${json}`, false: "" }[String(keep)] ?? "";
        expected += `{"d":"${ref.digest}","nonce":"${nonce}"${kept}}\n`;
      }
      if (outbox.length > 0) outbox.write();
      expect(disk.text()).toBe(expected);
    }),
  );
});

test("bodies that need more room than there is, in bytes though not in characters, stand whole beside small ones", () => {
  const disk = page();
  const outbox = new Outbox(disk);
  const long = JSON.stringify("木".repeat(200_000));
  const small = '{"path":"a"}';
  for (const text of [small, long, small]) addBody(outbox, freshNonce(), text, "json");
  outbox.write();
  for (const text of [small, long]) addBody(outbox, freshNonce(), text, "json");
  outbox.write();
  const lines = disk.text().trimEnd().split("\n");
  expect(lines.map((line) => /^\{"d":"[0-9a-f]{64}","nonce":"[0-9a-f]{32}","json":(.*)\}$/.exec(line)?.[1])).toEqual([
    small,
    long,
    small,
    small,
    long,
  ]);
});

test("where memory runs out in the middle of a line, no half of it waits for the next write", () => {
  const disk = page();
  const outbox = new Outbox(disk);
  const first = addBody(outbox, freshNonce(), "{}", "json");
  vi.spyOn(outbox, "addByte").mockImplementationOnce(() => {
    throw new RangeError("Array buffer allocation failed");
  });
  expect(() => addBody(outbox, freshNonce(), JSON.stringify("a".repeat(2000)), "json")).toThrow(RangeError);
  outbox.write();
  expect(disk.text()).toMatch(new RegExp(`^\\{"d":"${first.digest}","nonce":"[0-9a-f]{32}","json":\\{\\}\\}\\n$`));
});

test("two nonces are never the same", () => {
  expect(new Set(Array.from({ length: 1000 }, freshNonce)).size).toBe(1000);
});
