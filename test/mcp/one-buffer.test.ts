/** What a child writes, read into one buffer: nothing is lost, and its end is still told. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { takenOver } from "../../src/mcp/one-buffer.ts";

const LINE = `${"0123456789abcdef".repeat(64)}\n`;
const LINES = 4096;

const child = (script: string) => spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });

describe("a child's stdout that is taken over", () => {
  it("is another stream, all of one buffer, with every byte and its end", async () => {
    const writer = child(`process.stdout.write(${JSON.stringify(LINE)}.repeat(${LINES}))`);
    const closed = once(writer, "close");
    const input = takenOver(writer.stdout);
    expect(input, "this Node gives no handle").not.toBe(writer.stdout);
    const buffers = new Set<ArrayBufferLike>();
    const texts: string[] = [];
    input.on("data", (chunk: Buffer) => {
      buffers.add(chunk.buffer);
      texts.push(chunk.toString("latin1"));
    });
    await once(input.resume(), "end");
    expect(texts.join("") === LINE.repeat(LINES)).toBe(true);
    expect(buffers.size).toBe(1);
    expect(await closed).toEqual([0, null]);
    expect(writer.stdout.destroyed).toBe(true);
  });

  it("is held back and read on", async () => {
    const writer = child(`process.stdout.write(${JSON.stringify(LINE)}.repeat(${LINES}))`);
    const input = takenOver(writer.stdout);
    let size = 0;
    input.on("data", (chunk: Buffer) => {
      size += chunk.length;
      input.pause();
      setImmediate(() => input.resume());
    });
    await once(input, "end");
    expect(size).toBe(LINE.length * LINES);
  });

  it("ends with the pipe, and its child is told of as ever, where the child is killed", async () => {
    const writer = child(`process.stdout.write("here"); setInterval(() => undefined, 1000)`);
    const input = takenOver(writer.stdout);
    await once(input, "data");
    const ended = once(input.resume(), "end");
    const closed = once(writer, "close");
    writer.kill("SIGKILL");
    await ended;
    expect(await closed).toEqual([null, "SIGKILL"]);
  });

  it("stays as it is where there is no handle", () => {
    const stream = new PassThrough();
    expect(takenOver(stream)).toBe(stream);
  });
});
