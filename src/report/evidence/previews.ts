/**
 * Calls of the gate's own, by which it shows an approver what a write would do: each belongs to the question that follows it
 * in its stream. One that no question follows stands alone, since a write could be told as one. Pure.
 */

import type { EntryBody, Target } from "../../audit/entry.ts";

export interface Preview {
  readonly stream: string;
  readonly agent: string;
  readonly target: Target;
  readonly call: string;
}

export interface Previews<P extends Preview> {
  tried(preview: P): void;
  /** What a stream says of a question, in its order. */
  take(body: EntryBody, stream: string): void;
  /** Calls that belong to a question. */
  of(request: string): readonly string[];
  /** Those of no question among `known`. */
  alone(known: ReadonlySet<string>): readonly P[];
}

export function joinPreviews<P extends Preview>(): Previews<P> {
  const waiting = new Map<string, P[]>();
  const joined = new Map<string, P[]>();
  const questions = new Map<string, Pick<Preview, "agent" | "target">>();

  function join(request: string, stream: string): void {
    const asked = questions.get(request);
    const list = waiting.get(stream) ?? [];
    // A trial is of the same tool, a read of what stands there of the same server.
    const fits = list.filter(({ agent, target }) => agent === asked?.agent && target.server === asked.target.server);
    const one = fits.find(({ target }) => target.name === asked?.target.name) ?? fits[0];
    if (one === undefined) return;
    list.splice(list.indexOf(one), 1);
    joined.set(request, [...(joined.get(request) ?? []), one]);
  }

  return {
    tried: (preview) => void waiting.set(preview.stream, [...(waiting.get(preview.stream) ?? []), preview]),
    take(body, stream) {
      if (body.kind === "request.opened") questions.set(body.request, body);
      if (body.kind === "request.opened" || body.kind === "request.joined" || body.kind === "request.claimed")
        join(body.request, stream);
    },
    of: (request) => (joined.get(request) ?? []).map(({ call }) => call),
    alone: (known) => [
      ...[...waiting.values()].flat(),
      ...[...joined].flatMap(([request, list]) => (known.has(request) ? [] : list)),
    ],
  };
}
