/** What the console needs of the rest of the program. Shapes only; compose/console joins them to the store and the log. */

import type { Approver } from "../approval/approver.ts";
import type { Desk } from "../approval/desk.ts";
import type { PassDesk } from "../approval/pass-desk.ts";
import type { Request } from "../approval/request.ts";
import type { Statement } from "../approval/statement.ts";
import type { EntryBody } from "../audit/entry.ts";
import type { Language } from "../words/words.ts";
import type { EnrolmentPort } from "./enrolment.ts";
import type { EntrancePort } from "./entrance.ts";
import type { PagePorts } from "./page-ports.ts";

/** Where browsers reach the console. */
export interface Site {
  /** Exact, e.g. `http://kidoban.localhost:7540`. */
  readonly origin: string;
  /** WebAuthn relying-party id: the origin's host, or a domain above it. */
  readonly rp: string;
  /** Exact values of `Host`, lower case, with the port where it is not the scheme's own. */
  readonly hosts: ReadonlySet<string>;
}

/** What was asked and answered before about the same tool. */
export interface Past {
  /** The newest request of this agent for the same tool that was approved, but for this one. */
  readonly approved: Request | undefined;
  /** Since midnight of the console's time zone, by this agent for the same tool. */
  readonly askedToday: number;
  readonly approvedToday: number;
}

export interface ConsolePorts {
  readonly site: Site;
  readonly desk: Desk;
  readonly passes: PassDesk;
  /** Absolute path of the kidoban.yaml; passes are bound to it. */
  readonly config: string;
  /** People of the accepted configuration, as they may have a say now. */
  people(): Promise<readonly Approver[]>;
  statements(request: string): Promise<readonly Statement[]>;
  past(request: Request): Promise<Past>;
  /** Records who was not let in, and no more often than a log can bear. */
  refused(login: { readonly reason: string; readonly from: string }): void;
  /** Secret, and the same for good: what a login page invents must not change with a restart. */
  decoyKey(): Promise<string>;
  /** Resolves when the entry is durable; rejects when it could not be recorded. */
  record(entry: EntryBody): Promise<void>;
  /** Calls the listener soon after something may have changed; gives a function that ends it. */
  watch(changed: () => void): () => void;
  readonly enrolments: EnrolmentPort;
  /** The way in by the company's provider. */
  readonly entrance: EntrancePort;
  /** Of the pages beside inbox and request. */
  readonly pages: PagePorts;
  /** Of pages for browsers that name neither language. */
  readonly language: Language;
  /** Ms since the epoch. */
  now(): number;
}
