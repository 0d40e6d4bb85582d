/** One life of a server's process: spawned without a shell in a group of its own, ended with the whole group. */

import type { ChildProcess } from "node:child_process";
import spawn from "cross-spawn";
import { takenOver } from "./one-buffer.ts";
import { stderrFile } from "./stderr-file.ts";
import { guardGroup } from "./watchdog.ts";
import { lineWriter, readLines, type LineWriter } from "./wire.ts";

export interface ProcessParts {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing of ours is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly stderrPath: string;
  line(text: string): void;
  tooLong(bytes: number, beginning: string): void;
  /** The process is gone and all it wrote was read. Called once, with what became of it in a few words. */
  ended(reason: string): void;
}

export interface ServerProcess {
  send(message: string): boolean;
  /**
   * Ends it: closes its stdin, then SIGTERM, then SIGKILL to the group. Resolves when it is gone; what else is in its
   * group has its SIGKILL by then, and goes as soon as the system gets to it.
   */
  end(): Promise<void>;
}

/** A server that does not read is not given more than this to read later. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;
/** After its stdin closed: long enough to write a file, short enough not to be noticed. */
const LEAVE_MS = 500;
/** After SIGTERM. */
const TERM_MS = 1500;
/** A grandchild that holds the pipes open must not hold up the news that the server is gone. */
const DRAIN_MS = 250;

export function startProcess(parts: ProcessParts): ServerProcess {
  const stderr = stderrFile(parts.stderrPath);
  const child: ChildProcess = spawn(parts.command, [...parts.args], {
    cwd: parts.cwd,
    env: { ...parts.env },
    stdio: "pipe",
    shell: false,
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  const { pid, stdin, stdout } = child;
  const release = pid === undefined ? () => undefined : guardGroup(pid);
  let reason: string | undefined;
  let told: (() => void) | undefined;
  const gone = new Promise<void>((resolve) => (told = resolve));

  const tell = (): void => {
    if (reason === undefined) return;
    const last = reason;
    reason = undefined;
    release();
    stderr.close();
    told?.();
    parts.ended(last);
  };
  const signalGroup = (signal: NodeJS.Signals): void => {
    if (pid === undefined) return;
    try {
      if (process.platform === "win32") child.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // No such group any more: that is what was wanted.
    }
  };

  child.on("error", (error: NodeJS.ErrnoException) => {
    // Only a failed spawn has no pid; other errors are followed by an exit.
    if (pid !== undefined) return;
    reason = error.code === "ENOENT" ? `no such command: ${parts.command}` : `cannot be started: ${error.message}`;
    tell();
  });
  child.on("exit", (code, signal) => {
    reason = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
    // What is left of its group would run on without anybody to talk to.
    signalGroup("SIGKILL");
    setTimeout(tell, DRAIN_MS);
  });
  child.on("close", tell);
  child.stderr?.on("data", (chunk: Buffer) => stderr.write(chunk));

  const end = async (): Promise<void> => {
    stdin?.end();
    if (await within(gone, LEAVE_MS)) return;
    signalGroup("SIGTERM");
    if (await within(gone, TERM_MS)) return;
    signalGroup("SIGKILL");
    await gone;
  };

  let writer: LineWriter | undefined;
  if (stdin !== null && stdout !== null && pid !== undefined) {
    // Deaf or mute, it is of no use: end it, so that it is started again.
    writer = lineWriter(stdin, { closed: () => void end() });
    readLines(takenOver(stdout), {
      line: parts.line,
      tooLong: parts.tooLong,
      ended: () => void end(),
    });
  }
  // Without a process nothing is sent, but the news why comes in a moment, and says more than a refusal now.
  const send = (message: string): boolean =>
    writer === undefined || (writer.backlog < MAX_BACKLOG_BYTES && writer.send(message));
  return { send, end };
}

/** Whether `event` came within `ms`. */
async function within(event: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, ms, false)));
  const came = await Promise.race([event.then(() => true as const), late]);
  clearTimeout(timer);
  return came;
}
