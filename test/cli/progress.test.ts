import { Writable } from "node:stream";
import type { WriteStream } from "node:tty";
import { expect, test } from "vitest";
import { bar, withProgress } from "../../src/cli/progress.ts";
import type { Device, Terminal } from "../../src/cli/terminal.ts";

const files = (bytes: number) => ({
  checkpoint: "",
  ledger: [],
  streams: [{ stream: "s", bytes, chunks: [Buffer.alloc(bytes / 2), Buffer.alloc(bytes / 2)] }],
  configs: [],
});

function terminalWith(device: Device | undefined): Terminal {
  return { out: () => undefined, err: () => undefined, color: false, columns: 80, device: () => device };
}

test("a bar tells how far it has come, and is never more than full", () => {
  expect(bar(0)).toBe(`\r[${"-".repeat(30)}] 0 %`);
  expect(bar(0.5)).toBe(`\r[${"#".repeat(15)}${"-".repeat(15)}] 50 %`);
  expect(bar(1.2)).toBe(`\r[${"#".repeat(30)}] 100 %`);
});

test("it stands on the terminal device while a long log is read, and is gone at the end", async () => {
  let written = "";
  let closed = false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      done();
    },
  }) as WriteStream;
  const device = { output, close: () => void (closed = true) } as unknown as Device;
  const { files: watched, end } = withProgress(files(64 << 20), terminalWith(device));
  for await (const chunk of watched.streams[0]?.chunks ?? []) expect(chunk.length).toBe(32 << 20);
  expect(written).toBe(bar(0.5) + bar(1));
  end();
  expect(written.endsWith(" \r")).toBe(true);
  expect(closed).toBe(true);
});

test("nothing is told of a short log, or where there is no terminal", () => {
  const short = files(1 << 20);
  expect(withProgress(short, terminalWith(undefined)).files).toBe(short);
  const long = files(64 << 20);
  expect(withProgress(long, terminalWith(undefined)).files).toBe(long);
});
