import { PassThrough, Writable } from "node:stream";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventReader } from "../../src/mcp/sse.ts";
import { lineSplitter, lineWriter, readLines } from "../../src/mcp/wire.ts";
import { anyText } from "../texts.ts";

/** Cuts bytes at the given places, inside characters too. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
}

function lines(chunks: readonly Buffer[], cap?: number): { lines: string[]; tooLong: number[] } {
  const got = { lines: [] as string[], tooLong: [] as number[] };
  const split = lineSplitter(
    { line: (text) => got.lines.push(text), tooLong: (bytes) => got.tooLong.push(bytes) },
    cap,
  );
  for (const chunk of chunks) {
    // As a reader with one buffer gives them: good until the splitter returns.
    const once = Buffer.from(chunk);
    split(once);
    once.fill("!");
  }
  return got;
}

describe("lines", () => {
  it("P10: arrive whole however the bytes are cut, in the middle of a character too", () => {
    const line = anyText.filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat()), fc.constantFrom("\n", "\r\n"), (sent, places, end) => {
        const bytes = Buffer.from(sent.map((text) => text + end).join(""));
        expect(lines(cut(bytes, places)).lines).toEqual(sent);
      }),
    );
  });

  it("P3: are told apart from what is no UTF-8, wherever that is cut; a replacement character that was sent is none", () => {
    const bad = Buffer.concat([Buffer.from('"a'), Buffer.from([0xe6, 0x97]), Buffer.from('"\n"\ufffd"\n')]);
    for (let at = 0; at <= bad.length; at++) {
      const got: [string, boolean][] = [];
      const split = lineSplitter({ line: (text, utf8) => got.push([text, utf8]), tooLong: () => undefined });
      split(bad.subarray(0, at));
      split(bad.subarray(at));
      expect(got).toEqual([
        ['"a\ufffd"', false],
        ['"\ufffd"', true],
      ]);
    }
  });

  it("above the cap are thrown away without being kept, and reading goes on behind them", () => {
    const bytes = Buffer.from(`short\n${"x".repeat(50)}\nnext\n${"y".repeat(10)}\n`);
    for (const size of [1, 3, 7, 200]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(lines(chunks, 10)).toEqual({ lines: ["short", "next", "y".repeat(10)], tooLong: [50] });
    }
  });

  it("without a line break at the end are not taken for messages", async () => {
    const stream = new PassThrough();
    const got: string[] = [];
    const ended = new Promise<void>((resolve) =>
      readLines(stream, {
        line: (text) => got.push(text),
        tooLong: () => undefined,
        ended: () => resolve(),
      }),
    );
    stream.end('{"whole":1}\n\n{"torn":');
    await ended;
    expect(got).toEqual(['{"whole":1}']);
  });
});

describe("the writer", () => {
  it("joins the messages of one turn into one write", async () => {
    const writes: string[] = [];
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => (writes.push(chunk), done()),
    });
    const writer = lineWriter(stream, { closed: () => undefined });
    writer.send("1");
    writer.send("2");
    await Promise.resolve();
    writer.send("3");
    await new Promise(setImmediate);
    expect(writes).toEqual(["1\n2\n", "3\n"]);
  });

  it("takes a broken pipe as an event and sends nothing after it", async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("EPIPE"), { code: "EPIPE" })),
    });
    const reasons: (Error | undefined)[] = [];
    const writer = lineWriter(stream, { closed: (error) => reasons.push(error) });
    expect(writer.send("x")).toBe(true);
    await new Promise(setImmediate);
    expect(reasons.map((error) => error?.message)).toEqual(["EPIPE"]);
    expect(writer.send("y")).toBe(false);
  });
});

const messages = (chunks: readonly Buffer[]) => {
  const got: string[] = [];
  const read = eventReader({ message: (data) => got.push(data), tooLong: () => got.push("too long") });
  for (const chunk of chunks) read(chunk);
  return got;
};

describe("server-sent events", () => {
  it("give the data of message events, however they are cut", () => {
    const text =
      ': keep-alive\r\n\r\nid: 7\r\nevent: message\r\ndata: {"a":"日本"}\r\n\r\nretry: 10\n\ndata:one\ndata: two\n\nevent: other\ndata: no\n\ndata\n\ndata: torn';
    fc.assert(
      fc.property(fc.array(fc.nat()), (places) => {
        expect(messages(cut(Buffer.from(text), places))).toEqual(['{"a":"日本"}', "one\ntwo"]);
      }),
    );
  });

  it("above the cap are thrown away", () => {
    const line = Buffer.from(`data: ${"x".repeat(1024 * 1024)}\n`);
    const event = [...Array.from({ length: 17 }, () => line), Buffer.from("\ndata: after\n\n")];
    expect(messages(event)).toEqual(["too long", "after"]);
  });
});
