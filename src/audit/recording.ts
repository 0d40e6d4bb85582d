/**
 * What the log keeps of a server's calls: their bodies or only what proves them, and what of those. Without schemas, since
 * every gate loads it.
 */

import type { BodyPath, Hiding } from "./body-paths.ts";
import type { Kind } from "../policy/call.ts";

/** By tool: what is there for it instead of what is said of all (`record`), or beside it (`redact`). */
export interface Recording {
  /** `digest`: of arguments and results only what proves them. `body`: themselves too, encrypted. */
  readonly record: "digest" | "body";
  readonly recordTools: Readonly<Record<string, "digest" | "body">>;
  /** Places as they are written: `args.a.b`, `result.structuredContent.*.c`. */
  readonly redact: readonly string[];
  readonly redactTools: Readonly<Record<string, readonly string[]>>;
}

interface Called {
  readonly kind: Kind;
  readonly name: string;
}

const ofTool = <T>(tools: Readonly<Record<string, T>>, { kind, name }: Called): T | undefined =>
  kind === "tool" && Object.hasOwn(tools, name) ? tools[name] : undefined;

/** Whether bodies of such a call are kept. */
export const keepsBodies = (recording: Recording, called: Called): boolean =>
  (ofTool(recording.recordTools, called) ?? recording.record) === "body";

/** What is taken out of such a call's bodies, as any of the configurations says; undefined where nothing is. */
export function hidingOf(recordings: readonly (Recording | undefined)[], called: Called): Hiding | undefined {
  // For each call: mostly there is nothing.
  if (recordings.every((one) => one === undefined || placesOf(one, called).length === 0)) return undefined;
  const places = recordings.flatMap((one) => (one === undefined ? [] : placesOf(one, called)));
  return { args: pathsIn(places, "args"), result: pathsIn(places, "result") };
}

const pathsIn = (places: readonly string[], where: "args" | "result"): readonly BodyPath[] =>
  places.map((place) => place.split(".")).flatMap(([first, ...path]) => (first === where ? [path] : []));

/** One line that says it, for who compares two configurations. */
export const recordingText = ({ record: all, recordTools, redact: places, redactTools }: Recording): string =>
  [
    all,
    ...Object.entries(recordTools).map(([name, how]) => `${name}: ${how}`),
    ...places.map((place) => `-${place}`),
    ...Object.entries(redactTools).flatMap(([name, of]) => of.map((place) => `${name}: -${place}`)),
  ].join(", ");

/** Whether `now` keeps less than `old`: only digests of what was kept itself, or without places that were not taken out. */
export const recordsLess = (old: Recording, now: Recording): boolean =>
  toolsOf(old, now).some(
    (tool) =>
      (keepsBodies(old, tool) && !keepsBodies(now, tool)) ||
      placesOf(now, tool).some((place) => !placesOf(old, tool).includes(place)),
  );

/** Whether `now` keeps whatever `old` keeps, and nothing that `old` takes out. */
export function holdsAtOnce(old: Recording, now: Recording): boolean {
  return toolsOf(old, now).every((tool) => {
    const isKept = !keepsBodies(old, tool) || keepsBodies(now, tool);
    return isKept && placesOf(old, tool).every((place) => placesOf(now, tool).includes(place));
  });
}

/** Each that either names, and one that neither does. */
function toolsOf(old: Recording, now: Recording): readonly Called[] {
  const names = [old, now].flatMap((one) => [...Object.keys(one.recordTools), ...Object.keys(one.redactTools)]);
  return [{ kind: "resource", name: "" }, ...names.map((name) => ({ kind: "tool", name }) as const)];
}

function placesOf(one: Recording, tool: Called): readonly string[] {
  const own = ofTool(one.redactTools, tool);
  return own === undefined ? one.redact : [...one.redact, ...own];
}
