/**
 * Proves passes: each signature under one by the key in it, and each use by a pass that was given, as often as it says.
 * Whose the keys were, and whether the rules were content with them, the entries do not say. Pure.
 */

import { passBodyFault, passLeave, type PassBody, type PassSignature } from "../approval/pass.ts";
import { provenByKey } from "../approval/proof.ts";
import type { EntryBody } from "./entry.ts";
import type { Fault, FaultCode } from "./fault.ts";

interface Use {
  readonly stream: string;
  readonly line: number;
  readonly at: number;
  readonly signers: readonly string[];
}

interface Known {
  body?: PassBody;
  readonly signers: Set<string>;
  readonly uses: Map<number, Use>;
}

export interface PassProof {
  take(body: EntryBody, at: number, stream: string, line: number): FaultCode | undefined;
  /** `settledUntil`, ms: what was written later may lean on what is not read yet. */
  end(settledUntil: number): Fault | undefined;
}

/** The entry may be of anybody's making: its types say nothing here. */
function isSigned(body: PassBody, signatures: readonly PassSignature[]): boolean {
  try {
    return (
      passBodyFault(body) === undefined &&
      signatures.length > 0 &&
      signatures.every(
        (each) =>
          provenByKey("kidoban-pass/v1", passLeave(body, each.approver, each.signedAt, each), each) === each.assurance,
      )
    );
  } catch {
    return false;
  }
}

export function passProof(): PassProof {
  const passes = new Map<string, Known>();

  function knownAs(pass: string): Known {
    const known = passes.get(pass) ?? { signers: new Set(), uses: new Map() };
    passes.set(pass, known);
    return known;
  }

  return {
    take(entry, at, stream, line) {
      if (entry.kind === "pass.issued") {
        const { pass, body, signatures } = entry;
        const known = knownAs(pass);
        const isSame = known.body === undefined || JSON.stringify(known.body) === JSON.stringify(body);
        if (body.pass !== pass || !isSame || !isSigned(body, signatures)) return "pass-signature";
        known.body = body;
        for (const { approver } of signatures) known.signers.add(approver);
      }
      if (entry.kind === "pass.used") {
        const { uses } = knownAs(entry.pass);
        if (uses.has(entry.use)) return "pass-use";
        uses.set(entry.use, { stream, line, at, signers: entry.signers });
      }
      return undefined;
    },
    end(settledUntil) {
      for (const [pass, { body, signers, uses }] of passes)
        for (const [number, { stream, line, at, signers: named }] of uses) {
          if (at > settledUntil) continue;
          const isGiven =
            body !== undefined &&
            number >= 1 &&
            number <= body.count &&
            named.length > 0 &&
            named.every((each) => signers.has(each));
          if (!isGiven) return { code: "pass-use", file: stream, line, found: pass };
        }
      return undefined;
    },
  };
}
