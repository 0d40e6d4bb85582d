/**
 * A pass (手形): an approval for more than one call, bounded in arguments, time and count. What is signed, what a pass may
 * say at all, and whether it lets one call through now. Counted anew at each use, from signatures alone. Pure.
 */

import type { KeyObject } from "node:crypto";
import type { Assurance, Kind, Obligation } from "../policy/call.ts";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import { keysOf, may, standsIn, type Approver } from "./approver.ts";
import { canonical, digestOf } from "./digest.ts";
import { fitsGlob, LONGEST_GLOB } from "./glob.ts";
import { assuranceOf, prove, type Proof } from "./proof.ts";
import { count, distinct, type Vote } from "./tally.ts";

/** `is`: this value. `glob`: a text, see glob.ts. `min`, `max`: a number, both included. */
export type Bound =
  { readonly is: Json } | { readonly glob: string } | { readonly min?: number; readonly max?: number };

export type PassArguments =
  /** sha256 hex over the JCS bytes of all arguments. */
  | { readonly kind: "exact"; readonly digest: string }
  /** By name; an argument that is not named must be absent. */
  | { readonly kind: "within"; readonly bounds: Readonly<Record<string, Bound>> };

/** Times are ms since the epoch; `until` is included. */
export interface PassBody {
  readonly v: 1;
  readonly pass: string;
  /** Absolute path of the kidoban.yaml: two configurations may know agents of one name. */
  readonly config: string;
  readonly agent: string;
  readonly server: string;
  readonly endpoint: string;
  readonly kind: Kind;
  readonly name: string;
  /** Digest of the locked definition, hex. */
  readonly definition: string;
  readonly arguments: PassArguments;
  readonly issuedAt: number;
  /** `issuedAt` itself for a pass that holds at once; later for a dated one. */
  readonly from: number;
  readonly until: number;
  readonly count: number;
  readonly reason: string;
}

/** What an approver says beside the signature. */
export interface PassRemarks {
  readonly ticket?: string;
  readonly standsFor?: string;
}

/** What one approver signs; its JCS bytes (RFC 8785) are the message. */
export interface PassLeave extends PassRemarks {
  readonly v: 1;
  readonly pass: PassBody;
  readonly approver: string;
  readonly signedAt: number;
}

export interface PassSignature extends Proof, PassRemarks {
  readonly approver: string;
  readonly signedAt: number;
  readonly assurance: Assurance;
}

/** A pass as it is stored. */
export interface Pass {
  readonly body: PassBody;
  readonly signatures: readonly PassSignature[];
  /** How often it was used. */
  readonly uses: number;
  readonly revokedAt?: number;
  readonly revokedBy?: string;
}

const HOUR_MS = 3_600_000;
/** What may be given at once, from a request. */
const MOST_AT_ONCE = { ms: HOUR_MS, count: 10 } as const;
/** What may be given beforehand, for a night's batch. */
const MOST_DATED = { ms: 7 * 24 * HOUR_MS, count: 1000, signers: 2 } as const;
/** Clocks of one person's processes differ by less. */
const CLOCK_SKEW_MS = 60_000;
const LONGEST_REASON = 500;

const isDated = ({ issuedAt, from }: PassBody): boolean => from > issuedAt;

export const passLeave = (
  pass: PassBody,
  approver: string,
  signedAt: number,
  { ticket, standsFor }: PassRemarks = {},
): PassLeave => ({
  v: 1,
  pass,
  approver,
  signedAt,
  ...(ticket === undefined ? {} : { ticket }),
  ...(standsFor === undefined ? {} : { standsFor }),
});

/** Puts a proof of a leave, by whichever key, beside what it says. */
export const passSignature = (leave: PassLeave, assurance: Assurance, proof: Proof): PassSignature => {
  const { v: _v, pass: _pass, ...said } = leave;
  return { ...said, assurance, ...proof };
};

/** Signs with an unlocked Ed25519 key, which proves `operator`. */
export const signPass = (leave: PassLeave, key: KeyObject): PassSignature =>
  passSignature(leave, "operator", prove("kidoban-pass/v1", leave, key));

export const exactArguments = (args: JsonObject): PassArguments => ({ kind: "exact", digest: digestOf(args) });

const isNumber = (value: unknown): boolean => value === undefined || (typeof value === "number" && isFinite(value));

/** Exactly one of the three ways. */
function isBound(bound: unknown): bound is Bound {
  if (!isObject(bound)) return false;
  const names = Object.keys(bound);
  if (names.length === 1 && names[0] === "is") return true;
  if (names.length === 1 && names[0] === "glob")
    return typeof bound["glob"] === "string" && Array.from(bound["glob"]).length <= LONGEST_GLOB;
  return (
    names.length > 0 &&
    names.every((name) => name === "min" || name === "max") &&
    isNumber(bound["min"]) &&
    isNumber(bound["max"])
  );
}

/** Whether these are bounds that a pass may have; they may come from anywhere. */
export const areBounds = (bounds: unknown): bounds is Readonly<Record<string, Bound>> =>
  isObject(bounds) && Object.values(bounds).every(isBound);

/** Why a pass may not be at all, whoever signs it: `terms` for time and count. */
export type PassBodyFault = "malformed" | "terms";

export function passBodyFault(body: PassBody): PassBodyFault | undefined {
  const times = [body.issuedAt, body.from, body.until, body.count];
  if (body.v !== 1 || body.kind === "completion" || !times.every(Number.isSafeInteger)) return "malformed";
  if (body.reason.trim() === "" || body.reason.length > LONGEST_REASON) return "malformed";
  const args = body.arguments;
  if (args.kind === "exact" ? !/^[0-9a-f]{64}$/.test(args.digest) : !areBounds(args.bounds)) return "malformed";
  const most = isDated(body) ? MOST_DATED : MOST_AT_ONCE;
  const span = body.until - body.from;
  const fits = body.from >= body.issuedAt && span > 0 && span <= most.ms && body.count >= 1 && body.count <= most.count;
  return fits ? undefined : "terms";
}

/** A leave that counts as far as its signature goes; undefined for one that does not. */
function voteOf(body: PassBody, signature: PassSignature, approvers: readonly Approver[]): Vote | undefined {
  const { approver: name, signedAt: at, assurance, ticket, standsFor, key, signature: text, passkey } = signature;
  // Beforehand, or while it holds: never for what is over, and a dated one not once the night has begun.
  const last = isDated(body) ? body.from - 1 : body.until;
  if (!Number.isSafeInteger(at) || at < body.issuedAt - CLOCK_SKEW_MS || at > last) return undefined;
  // A pass is looked at by itself.
  if (passkey?.batch !== undefined) return undefined;
  const leave = passLeave(body, name, at, signature);
  const proof = { key, signature: text, ...(passkey === undefined ? {} : { passkey }) };
  const holder = approvers.find((each) => each.name === name && may(each, "answer") && keysOf(each).includes(key));
  if (holder === undefined || assuranceOf("kidoban-pass/v1", leave, proof, holder) !== assurance) return undefined;
  const seat = standsFor === undefined ? holder : approvers.find((each) => each.name === standsFor);
  if (seat === undefined || (seat !== holder && !(may(seat, "answer") && standsIn(holder, seat, at)))) return undefined;
  return { approver: holder, seat, at, assurance, ...(ticket === undefined ? {} : { ticket }) };
}

/** Whether this signature under a pass is of somebody who may answer, among the approvers given. */
export const verifyPassSignature = (
  body: PassBody,
  signature: PassSignature,
  approvers: readonly Approver[],
): boolean => voteOf(body, signature, approvers) !== undefined;

function fitsBound(bound: Bound, value: Json): boolean {
  if ("is" in bound) return canonical([bound.is]) === canonical([value]);
  if ("glob" in bound) return typeof value === "string" && fitsGlob(bound.glob, value);
  return typeof value === "number" && value >= (bound.min ?? -Infinity) && value <= (bound.max ?? Infinity);
}

/** Whether these are arguments that the pass is for. */
function fitsArguments(wanted: PassArguments, args: JsonObject): boolean {
  if (wanted.kind === "exact") return wanted.digest === digestOf(args);
  const { bounds } = wanted;
  const names = Object.keys(bounds);
  return (
    areBounds(bounds) &&
    Object.keys(args).every((name) => Object.hasOwn(bounds, name)) &&
    names.every((name) => Object.hasOwn(args, name) && fitsBound(bounds[name] as Bound, args[name] as Json))
  );
}

/** A call that is asked about, and what counts now. */
export interface PassUse {
  readonly config: string;
  readonly agent: string;
  readonly server: string;
  readonly endpoint: string;
  readonly kind: Kind;
  readonly name: string;
  readonly definition: string;
  readonly args: JsonObject;
  readonly destructive: boolean;
  readonly obligations: readonly Obligation[];
  readonly approvers: readonly Approver[];
  readonly now: number;
}

/** `other-call`: it is for something else. `signers`: too few, as approvers and rules are now. */
type PassFault =
  PassBodyFault | "other-call" | "changed" | "destructive" | "revoked" | "not-yet" | "over" | "used-up" | "signers";

export type PassVerdict =
  { readonly counts: true; readonly signers: readonly string[] } | { readonly counts: false; readonly why: PassFault };

const no = (why: PassFault): PassVerdict => ({ counts: false, why });

/** Whether the pass is for this call at all, whatever else there is to say. */
export const isFor = ({ body }: Pass, use: PassUse): boolean =>
  body.config === use.config &&
  body.agent === use.agent &&
  body.server === use.server &&
  body.kind === use.kind &&
  body.name === use.name &&
  fitsArguments(body.arguments, use.args);

/** Whether the pass lets this call through now. Its count is taken in the store, once and for good. */
export function judgePass(pass: Pass, use: PassUse): PassVerdict {
  const { body, signatures, uses, revokedAt } = pass;
  const fault = passBodyFault(body);
  if (fault !== undefined) return no(fault);
  if (!isFor(pass, use)) return no("other-call");
  if (revokedAt !== undefined) return no("revoked");
  if (body.endpoint !== use.endpoint || body.definition !== use.definition) return no("changed");
  if (use.destructive) return no("destructive");
  if (use.now < body.from) return no("not-yet");
  if (use.now > body.until) return no("over");
  if (uses >= body.count) return no("used-up");
  const votes = signatures
    .flatMap((signature) => voteOf(body, signature, use.approvers) ?? [])
    .filter(({ at }) => at <= use.now + CLOCK_SKEW_MS)
    .toSorted((a, b) => a.at - b.at);
  const people = distinct(votes);
  const least = isDated(body) ? MOST_DATED.signers : 1;
  // Escalation counts from the opening of a question; here nobody was kept waiting.
  const met = use.obligations.every((each) => count(each, people, Infinity, use.now).missing === undefined);
  return met && use.obligations.length > 0 && people.length >= least
    ? { counts: true, signers: people.map(({ approver }) => approver.name) }
    : no("signers");
}
