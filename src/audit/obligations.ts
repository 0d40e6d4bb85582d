/** The demands in a `request.opened`, read back; an entry keeps them as JSON. Pure. */

import type { Obligation } from "../policy/call.ts";
import { isObject, type Json } from "../policy/json.ts";

const isTexts = (value: Json | undefined): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === "string");
const maybe = (value: Json | undefined, is: (value: Json | undefined) => boolean): boolean =>
  value === undefined || is(value);
const isListOf =
  (is: (value: Json) => boolean) =>
  (value: Json | undefined): boolean =>
    Array.isArray(value) && value.every(is);

const isStage = (value: Json): boolean =>
  isObject(value) && isTexts(value["from"]) && Number.isSafeInteger(value["need"]);
const isEscalation = (value: Json): boolean =>
  isObject(value) && Number.isSafeInteger(value["afterMs"]) && isTexts(value["to"]);

const isObligation = (value: Json): boolean =>
  isObject(value) &&
  typeof value["rule"] === "string" &&
  isStage(value) &&
  typeof value["assurance"] === "string" &&
  ["client", "operator", "verified"].includes(value["assurance"]) &&
  Number.isSafeInteger(value["expiresMs"]) &&
  Number.isSafeInteger(value["redeemMs"]) &&
  maybe(value["later"], isListOf(isStage)) &&
  maybe(value["except"], isTexts) &&
  maybe(value["ticket"], (each) => typeof each === "string") &&
  maybe(value["escalate"], isListOf(isEscalation)) &&
  maybe(value["breakGlass"], isTexts);

/** Undefined where one of them is none. */
export const obligationsOf = (list: readonly unknown[]): readonly Obligation[] | undefined =>
  (list as readonly Json[]).every(isObligation) ? (list as readonly Obligation[]) : undefined;
