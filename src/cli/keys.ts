/** Single keys from the terminal device, without Enter. */

import type { Device } from "./terminal.ts";

/** A character as it was typed, or one of these names. */
export type Key =
  "up" | "down" | "page-up" | "page-down" | "home" | "end" | "enter" | "escape" | "interrupt" | (string & {});

const ESCAPE = "\u001b";

/** What terminals send for keys without a character (ECMA-48, xterm). */
const NAMED: Readonly<Record<string, Key>> = {
  "\u001b[A": "up",
  "\u001b[B": "down",
  "\u001bOA": "up",
  "\u001bOB": "down",
  "\u001b[5~": "page-up",
  "\u001b[6~": "page-down",
  "\u001b[H": "home",
  "\u001b[F": "end",
  " ": "page-down",
  "\r": "enter",
  "\n": "enter",
  "\u001b": "escape",
  "\u0003": "interrupt",
  "\u0004": "interrupt",
};

const SEQUENCE = /^(?:\[[0-9;]*[A-Za-z~]|O[A-Z])/;

/** The keys in what the terminal sent at once. A sequence that is none of ours is one key that means nothing. */
export function keysIn(text: string): readonly Key[] {
  const keys: Key[] = [];
  for (let rest = text; rest !== "";) {
    const [first = ""] = rest;
    const [sequence = ""] = first === ESCAPE ? (SEQUENCE.exec(rest.slice(1)) ?? []) : [];
    const key = first + sequence;
    keys.push(NAMED[key] ?? key);
    rest = rest.slice(key.length);
  }
  return keys;
}

/** Gives the keys typed from now on, until the function it gives is called. */
export function onKeys(device: Device, typed: (keys: readonly Key[]) => void): () => void {
  const take = (chunk: Buffer): void => typed(keysIn(chunk.toString("utf8")));
  device.input.setRawMode(true);
  device.input.on("data", take);
  device.input.resume();
  return () => {
    device.input.off("data", take);
    device.input.pause();
    device.input.setRawMode(false);
  };
}

/** How long keys are ignored after something has been shown: nobody has read it yet, whatever was typed ahead. */
export const DEAF_MS = 800;

/** Lets what was typed ahead go by: questions that take an Enter must not be answered by keys from before they stood there. */
export const forgetTyped = (device: Device): Promise<void> =>
  new Promise((resolve) => {
    const end = onKeys(device, () => undefined);
    setTimeout(() => {
      end();
      resolve();
    }, DEAF_MS);
  });

/** The first key typed once what was shown could have been read. */
export const keyAfterReading = (device: Device): Promise<Key> =>
  new Promise((resolve) => {
    const since = performance.now();
    const end = onKeys(device, (keys) => {
      const [key] = keys;
      if (key === undefined || (key !== "interrupt" && performance.now() - since < DEAF_MS)) return;
      end();
      resolve(key);
    });
  });
