/** A person's signature under a report: what is signed and how it is checked. Pure. */

import type { KeyObject } from "node:crypto";
import { isObject } from "../policy/json.ts";
import { prove, provenByKey, type Proof } from "./proof.ts";

/** The signed part; its JCS bytes (RFC 8785) are the message. Times of the period RFC 3339, `until` exclusive. */
export interface SignOffBody {
  readonly v: 1;
  /** sha256 hex of the file as it was signed. */
  readonly digest: string;
  readonly from: string;
  readonly until: string;
  /** The log's checkpoint that the report rests on; root hex. */
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly approver: string;
  /** Ms since the epoch. */
  readonly signedAt: number;
  readonly comment?: string;
}

export interface SignOff extends Proof {
  readonly body: SignOffBody;
}

export const signOff = (body: SignOffBody, key: KeyObject): SignOff => ({
  body,
  ...prove("kidoban-report/v1", body, key),
});

/** By the key in it alone: whose key that is, somebody else must say. */
export const isSignedOff = ({ body, ...proof }: SignOff): boolean =>
  provenByKey("kidoban-report/v1", body, proof) !== undefined;

const isText = (value: unknown): boolean => typeof value === "string";

/** The signature in a file of JSON; undefined for anything else. Nothing of it is proven yet. */
export function readSignOff(text: string): SignOff | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || !isObject(value["body"])) return undefined;
  const { body, key, signature } = value;
  const texts = ["digest", "from", "until", "origin", "root", "approver"].every((name) => isText(body[name]));
  const counts = ["size", "signedAt"].every((name) => Number.isSafeInteger(body[name]));
  const isWhole =
    texts &&
    counts &&
    body["v"] === 1 &&
    isText(key) &&
    isText(signature) &&
    (body["comment"] === undefined || isText(body["comment"]));
  return isWhole ? (value as unknown as SignOff) : undefined;
}
