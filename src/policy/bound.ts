/** A policy ready to decide: every granted definition with the rules that name it, conditions compiled. Shapes only. */

import type { Decision, Effect, Kind, Obligation } from "./call.ts";
import type { Condition } from "./condition.ts";
import type { Grant, LockedItem, Rule } from "./manifest.ts";
import type { ArgumentCheck } from "./schema.ts";

/** What `decide` rests on for one agent; made by `compilePolicy`, never by hand. */
export interface Policy {
  readonly agent: string;
  /** `approvals:` of kidoban.yaml. */
  readonly floor: Obligation;
  /** Servers that the manifest grants, by id. */
  readonly servers: ReadonlyMap<string, BoundServer>;
}

export interface BoundServer {
  readonly grant: Grant;
  /** The configured endpoint, and the reviewed one if that is another: then nothing of the server is let through. */
  readonly endpoint: string;
  readonly otherEndpoint?: string;
  readonly root?: string;
  /** Locked resources and templates outside the grant's lists: what they stand for is not let through by another's name. */
  readonly withheld: ReadonlySet<string>;
  /** URI templates of the lock, listed or not. */
  readonly templates: readonly string[];
  /** URIs of locked resources, listed or not, by what `fold` leaves of them. */
  readonly folded: ReadonlyMap<string, readonly string[]>;
  /** Locked definitions within the grant's lists, by kind and name. */
  readonly targets: Readonly<Record<Kind, ReadonlyMap<string, Target>>>;
}

/** One locked definition that the agent may be let through to. */
export interface Target {
  readonly grant: Grant;
  readonly item: LockedItem;
  /** All rules whose `match` names it. */
  readonly rules: readonly BoundRule[];
  readonly readWhen?: Condition;
  /** Set where a condition looks at it: arguments that do not fit are denied before any condition sees them. */
  readonly check?: ArgumentCheck;
  /** Effects that some call could have. */
  readonly effects: ReadonlySet<Effect>;
  /** The decision on every call, where no argument can change it. */
  readonly fixed?: Decision;
}

export interface BoundRule {
  /** `kidoban.yaml#<id>` or `<agent>#<id>`: what decisions, requests and the log say. */
  readonly id: string;
  readonly rule: Rule;
  /** What it demands where it asks; left out where it has no terms of its own. */
  readonly demands?: Obligation;
  readonly condition?: Condition;
}
