/**
 * One thing that a person signs with a passkey, from the question to the proof: what will be signed waits here and is never
 * sent back by the browser. Whether the proof suffices is for whoever takes it.
 */

import type { Approver } from "../approval/approver.ts";
import type { Proof } from "../approval/proof.ts";
import { messageDigest, type Domain } from "../approval/signature.ts";
import { offer, passkeysAt, proofBy, readCredential, type Offer } from "./gesture.ts";
import type { Site } from "./ports.ts";
import { openShelf } from "./shelf.ts";

export interface Signing<B extends object> {
  /** Undefined where this person has no passkey here. */
  ask(visit: string, person: Approver, body: B, now: number): Offer | undefined;
  /** What the form brought back; undefined where it is too late, given before, or by none of their passkeys. */
  signed(
    visit: string,
    person: Approver,
    form: URLSearchParams,
    now: number,
  ): (Proof & { readonly body: B }) | undefined;
}

export function openSigning<B extends object>(site: Site, domain: Domain): Signing<B> {
  const shelf = openShelf<B>();
  return {
    ask(visit, person, body, now) {
      const ids = passkeysAt(site, person).map(({ id }) => id);
      return ids.length === 0
        ? undefined
        : offer(site, shelf.put(visit, body, now), [messageDigest(domain, body)], ids);
    },
    signed(visit, person, form, now) {
      const body = shelf.take(visit, form.get("gesture") ?? "", now);
      const credential = readCredential(form.get("credential") ?? "");
      const passkey = passkeysAt(site, person).find(({ id }) => id === credential?.id);
      if (body === undefined || credential === undefined || passkey === undefined) return undefined;
      return { body, ...proofBy(passkey, credential, [messageDigest(domain, body)]) };
    },
  };
}
