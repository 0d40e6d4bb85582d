/**
 * Proves passes: each signature under one by the key in it, and each use by a pass that was given, as often as it says; and,
 * where the archived configuration is there, that it let this call through by the approvers of then. Pure.
 */

import {
  judgePass,
  passBodyFault,
  passLeave,
  verifyPassSignature,
  type Pass,
  type PassBody,
  type PassSignature,
} from "../approval/pass.ts";
import { provenByKey } from "../approval/proof.ts";
import type { Grounds } from "./grounds.ts";
import type { EntryBody } from "./entry.ts";
import type { Fault, FaultCode } from "./fault.ts";

interface Use {
  readonly stream: string;
  readonly line: number;
  readonly at: number;
  readonly call: string;
  readonly signers: readonly string[];
}

interface Known {
  body?: PassBody;
  signatures: readonly PassSignature[];
  readonly signers: Set<string>;
  readonly uses: Map<number, Use>;
}

export interface PassProof {
  /** `time` as entries write it. */
  take(body: EntryBody, time: string, stream: string, line: number): FaultCode | undefined;
  /** `settledUntil`, ms: what was written later may lean on what is not read yet. */
  end(settledUntil: number, grounds: (call: string) => Grounds | undefined): Fault | undefined;
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

/** Judged as the gate judged it; where the arguments are not there, by who signed alone. */
function counted(pass: Pass, named: readonly string[], now: number, { use, approvers }: Grounds): boolean {
  if (use !== undefined) return judgePass(pass, { ...use, now }).counts;
  return named.every((name) =>
    pass.signatures.some((each) => each.approver === name && verifyPassSignature(pass.body, each, approvers)),
  );
}

export function passProof(): PassProof {
  const passes = new Map<string, Known>();

  function knownAs(pass: string): Known {
    const known = passes.get(pass) ?? { signatures: [], signers: new Set(), uses: new Map() };
    passes.set(pass, known);
    return known;
  }

  return {
    take(entry, time, stream, line) {
      if (entry.kind === "pass.issued") {
        const { pass, body, signatures } = entry;
        const known = knownAs(pass);
        const isSame = known.body === undefined || JSON.stringify(known.body) === JSON.stringify(body);
        if (body.pass !== pass || !isSame || !isSigned(body, signatures)) return "pass-signature";
        known.body = body;
        // Each entry has all that the one before had.
        if (signatures.length > known.signatures.length) known.signatures = signatures;
        for (const { approver } of signatures) known.signers.add(approver);
      }
      if (entry.kind === "pass.used") {
        const { uses } = knownAs(entry.pass);
        if (uses.has(entry.use)) return "pass-use";
        uses.set(entry.use, { stream, line, at: Date.parse(time), call: entry.call, signers: entry.signers });
      }
      return undefined;
    },
    end(settledUntil, grounds) {
      for (const [pass, { body, signatures, signers, uses }] of passes)
        for (const [number, { stream, line, at, call, signers: named }] of uses) {
          if (at > settledUntil) continue;
          const isGiven =
            body !== undefined &&
            number >= 1 &&
            number <= body.count &&
            named.length > 0 &&
            named.every((each) => signers.has(each));
          if (!isGiven) return { code: "pass-use", file: stream, line, found: pass };
          const by = grounds(call);
          if (by !== undefined && !counted({ body, signatures, uses: number - 1 }, named, at, by))
            return { code: "pass-approvers", file: stream, line, found: pass };
        }
      return undefined;
    },
  };
}
