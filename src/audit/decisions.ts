/**
 * Proves decisions: each one that was recorded is made again by the archived configuration that was in force, and each
 * action digest made again from the arguments. What cannot be made again is counted. Pure.
 */

import { actionDigest } from "../approval/action.ts";
import { definitionDigest } from "../approval/definition.ts";
import type { Decision } from "../policy/call.ts";
import type { JsonObject } from "../policy/json.ts";
import { appliedOf, type Applied, type Archives, type SqlLoader } from "./editions.ts";
import type { Entry, EntryBody } from "./entry.ts";
import type { Fault, FaultCode } from "./fault.ts";
import { asksNone, asksOtherwise } from "./demands.ts";
import type { Grounds } from "./grounds.ts";
import { argumentsIn, bodyFinder, type KeptBodies } from "./kept-body.ts";
import type { Why } from "./parts.ts";
import { previewTies } from "./preview-ties.ts";
import { decisionText, reconsider, type Reconsidered, type Recorded } from "./reconsider.ts";

interface DecisionFacts {
  /** Decisions made again, those that could not be, and of those writes that ran without anybody having been asked. */
  readonly reconsidered: number;
  readonly unsettled: number;
  readonly unproven: number;
}

export interface DecisionProof {
  /** Takes the entries of one stream in order; `bodies` are those kept beside it. */
  stream(name: string, bodies: KeptBodies | undefined): StreamDecisions;
  /** By the call that used an approval or a pass. */
  grounds(call: string): Grounds | undefined;
  /** The first that is wrong. */
  fault(): Fault | undefined;
  facts(): DecisionFacts;
}

export interface StreamDecisions {
  take(entry: Entry, line: number): void;
  /** Looks at what was taken since the last time. */
  settle(): Promise<void>;
  end(): Promise<void>;
}

type Decided = Extract<EntryBody, { readonly kind: "call.intent" | "call.denied" | "request.opened" }>;
type Item = {
  readonly body: Decided | Extract<EntryBody, { readonly kind: "config.applied" | "request.claimed" | "pass.used" }>;
  readonly time: string;
  readonly line: number;
};

/**
 * An entry may be written so long after its decision: an approver's preview is read in between. So what came into force
 * meanwhile need not have been what it was decided by.
 */
const LONGEST_DECISION_MS = 10 * 60_000;

export function decisionProof(archives: Archives, sql: SqlLoader): DecisionProof {
  const grounds = new Map<string, Grounds>();
  let [reconsidered, unsettled, unproven] = [0, 0, 0];
  let firstFault: Fault | undefined;
  /** The first decision of which its stream does not say what was in force, and the first of these that a gate wrote. */
  const unapplied: { any?: Fault; gates?: Fault } = {};
  let [isAccepted, isApplied] = [false, false];
  /** Tools that people were asked about, by request. */
  const asked = new Map<string, string>();

  /** A write that ran without anybody having been asked, and nothing here shows that none had to be, is more than a number. */
  function countUnsettled(body: Decided): void {
    unsettled++;
    if (body.kind !== "call.intent" || body.request !== undefined || body.why.effect !== "allow") return;
    if (body.why.access === "write") unproven++;
  }

  function stream(name: string, bodies: KeptBodies | undefined): StreamDecisions {
    const finder = bodyFinder(bodies);
    const ties = previewTies(asked);
    let isGates = true;
    /** The last that came into force, and those before it that an entry may still have been decided by; the newest first. */
    let inForce: readonly Applied[] = [];
    /** Calls that are about to use an approval or a pass. */
    const using = new Set<string>();
    let items: Item[] = [];
    /** Decisions that no argument has a part in, as they came out under what is in force; the reader gives the same one again. */
    let known = new WeakMap<Why, Reconsidered["kind"]>();

    const fault = (code: FaultCode, line: number, more: Partial<Fault> = {}): Fault => ({
      code,
      file: name,
      line,
      ...more,
    });

    async function apply(
      { accepted, proposed }: Extract<EntryBody, { readonly kind: "config.applied" }>,
      { time, line }: Item,
    ): Promise<Fault | undefined> {
      const read = await archives.read(accepted);
      if (typeof read === "string") return fault(read, line, { found: accepted.archive });
      const waiting = proposed === undefined ? undefined : await archives.read(proposed);
      if (typeof waiting === "string") return fault(waiting, line, { found: proposed?.archive ?? "" });
      known = new WeakMap();
      inForce = [await appliedOf(Date.parse(time), read, waiting, sql), ...inForce.slice(0, 3)];
      return undefined;
    }

    /** What the arguments are as far as they are kept; `altered` says that something else is. */
    async function argumentsOf({ args }: Decided): Promise<JsonObject | "altered" | undefined> {
      const found = args.bytes === 0 ? "absent" : await finder.find(args.digest);
      if (found === "altered") return found;
      // What secrets were taken out of is not what was decided about.
      return found === "absent" || args.redacted !== undefined ? undefined : argumentsIn(found.text);
    }

    function candidates(at: number): readonly Applied[] {
      const first = inForce.findIndex((each) => each.at < at - LONGEST_DECISION_MS);
      return first < 0 ? inForce : inForce.slice(0, first + 1);
    }

    async function judge(body: Decided, { time, line }: Item): Promise<Fault | undefined> {
      const args = await argumentsOf(body);
      if (args === "altered") return fault("body-changed", line);
      const { target, why } = body;
      if (target === undefined || why === undefined) return undefined;
      const request = body.kind === "call.intent" ? body.request : undefined;
      const recorded: Recorded = { agent: body.agent, target, why, request };
      const by = candidates(Date.parse(time));
      let first: Reconsidered | undefined;
      for (const applied of by) {
        const made = reconsider(recorded, applied.policies(body.agent), applied.items(target.server), args);
        first ??= made;
        if (made.kind === "differs") continue;
        if (made.kind === "preview") {
          ties.preview(body.agent, target.server, made);
          return undefined;
        }
        if (finder.isEmpty && applied === by[0]) known.set(why, made.kind);
        if (made.kind === "unsettled") {
          countUnsettled(body);
          if (asksNone(body, made.demands)) return fault("demands", line);
          return keepGrounds(body, applied, undefined, undefined, line);
        }
        reconsidered++;
        if (asksOtherwise(body, made.decision)) return fault("demands", line);
        return keepGrounds(body, applied, made.decision, args, line);
      }
      if (first?.kind === "differs")
        return fault("decision", line, { expected: decisionText(first.decision), found: decisionText(why) });
      countUnsettled(body);
      return undefined;
    }

    function keepGrounds(
      body: Decided,
      applied: Applied,
      decision: Decision | undefined,
      args: JsonObject | undefined,
      line: number,
    ): Fault | undefined {
      if (body.kind === "call.denied" || body.action === undefined) return undefined;
      const { agent, target } = body;
      const item = applied.items(target.server).find(({ kind, name }) => kind === target.kind && name === target.name);
      const endpoint = applied.endpoint(target.server);
      let use: Grounds["use"];
      if (args !== undefined && item !== undefined && endpoint !== undefined) {
        const definition = definitionDigest(item.definition, item.volatile);
        const action = actionDigest({ v: 1, agent, ...target, endpoint, definition, arguments: args });
        // What is approved, and what makes two calls the same, is named by it: it must be of what was sent.
        if (action !== body.action) return fault("action", line, { expected: action, found: body.action });
        const { config, approvers } = applied;
        const { destructive } = item;
        const obligations = decision?.obligations ?? [];
        use = { config, agent, ...target, endpoint, definition, args, destructive, obligations, approvers };
      }
      if (body.kind !== "call.intent" || !using.delete(body.call)) return undefined;
      const demanded = decision?.obligations;
      grounds.set(body.call, { approvers: applied.approvers, demanded, use, action: body.action });
      return undefined;
    }

    return {
      take({ body, time }, line) {
        isAccepted ||= body.kind === "config.accepted";
        isApplied ||= body.kind === "config.applied";
        if (body.kind === "stream.opened") isGates = body.agent !== undefined || body.mode !== "unknown";
        switch (body.kind) {
          case "config.applied":
          case "request.claimed":
          case "pass.used":
          case "call.intent":
          case "call.denied":
          case "request.opened":
            items.push({ body, time, line });
            return;
          default:
            finder.skip();
        }
      },
      async settle() {
        const taken = items;
        items = [];
        for (const item of taken) {
          if (firstFault !== undefined) return;
          const { body } = item;
          if (isKnown(body)) continue;
          if (body.kind === "request.opened" || body.kind === "request.claimed") ties.question(body);
          if (body.kind === "config.applied")
            firstFault = await apply(body, item).catch(() =>
              fault("config-changed", item.line, { found: body.accepted.archive }),
            );
          else if (body.kind === "request.claimed" || body.kind === "pass.used") using.add(body.call);
          else if (inForce.length === 0) skipUnknown(body, item);
          else firstFault = await judge(body, item).catch(() => fault("config-changed", item.line));
        }
      },
      async end() {
        const tied = ties.end();
        reconsidered += tied.proven;
        unsettled += tied.unsettled;
        unproven += tied.unproven;
        await finder.close();
      },
    };

    /** Counted at once where nothing of this call can be otherwise. */
    function isKnown(body: Item["body"]): boolean {
      if (body.kind !== "call.intent" || body.action !== undefined || body.request !== undefined) return false;
      const made = known.get(body.why);
      if (made === "agrees") reconsidered++;
      else if (made === "unsettled") countUnsettled(body);
      return made !== undefined;
    }

    /** Where no stream says what was in force none of them can be made again. */
    function skipUnknown(body: Decided, { line }: Item): void {
      finder.skip();
      if (body.target === undefined || body.why === undefined) return;
      unapplied.any ??= fault("config-unapplied", line);
      if (isGates) unapplied.gates ??= fault("config-unapplied", line);
      countUnsettled(body);
    }
  }

  return {
    stream,
    grounds: (call) => grounds.get(call),
    // A fault once anything says that something was in force; a gate's, once anything was accepted.
    fault: () => (isApplied ? unapplied.any : isAccepted ? unapplied.gates : undefined) ?? firstFault,
    facts: () => ({ reconsidered, unsettled, unproven }),
  };
}
