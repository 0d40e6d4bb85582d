/** The one way in which approvers reach passes. Whether a pass lets a call through is decided by the gate, each time anew. */

import { argumentsOf } from "./edit.ts";
import type { Pass, PassArguments, PassBody, PassBodyFault, PassSignature } from "./pass.ts";
import { exactArguments } from "./pass.ts";
import type { Request } from "./request.ts";

/** `signature`: of nobody who may answer now, or not of this pass. `already`: signed by this one before. */
export type PassRefusal = PassBodyFault | "no-such-pass" | "revoked" | "over" | "signature" | "already";

export type PassSigned =
  { readonly kind: "signed"; readonly pass: Pass } | { readonly kind: "refused"; readonly why: PassRefusal };

export interface PassDesk {
  /** Newest first, ended ones too. */
  list(): Promise<readonly Pass[]>;
  show(id: string): Promise<Pass | undefined>;
  /** Records and keeps a pass with its first signature; it counts as soon as enough have signed. */
  issue(body: PassBody, signature: PassSignature): Promise<PassSigned>;
  /** Adds a signature. */
  sign(id: string, signature: PassSignature): Promise<PassSigned>;
  /** Ends it at once and for good; needs no key, like a stop. False where it had ended, or never was. */
  revoke(id: string, by: string): Promise<boolean>;
}

/** For how long, how often and why. Times in ms. */
export interface PassTerms {
  /** Its id, drawn by chance. */
  readonly pass: string;
  readonly issuedAt: number;
  readonly from: number;
  readonly until: number;
  readonly count: number;
  readonly reason: string;
}

/**
 * A pass for what a request asks for, for the hour to come at most: these very arguments unless bounds are given. Undefined
 * where there can be none: what can destroy is asked about each time, and what is stored may not fit together.
 */
export function passFor(
  request: Request,
  config: string,
  terms: PassTerms,
  within?: Extract<PassArguments, { readonly kind: "within" }>,
): PassBody | undefined {
  const args = argumentsOf(request);
  if (request.destructive || request.view.earlier !== undefined || args === undefined) return undefined;
  const { agent, server, kind, name, definition, view } = request;
  return {
    v: 1,
    config,
    agent,
    server,
    endpoint: view.endpoint,
    kind,
    name,
    definition,
    arguments: within ?? exactArguments(args),
    ...terms,
  };
}
