/** Puts a passkey into the text of kidoban.yaml and leaves everything else of it as it is, comments included. Writes no file. */

import { isMap, isSeq, parseDocument } from "yaml";
import type { Passkey } from "../approval/approver.ts";

/** Undefined where the text is no YAML that could be changed safely. `groups`: for a person who is not there yet. */
export function withPasskey(
  text: string,
  name: string,
  { id, key, origin, rp }: Passkey,
  groups: readonly string[],
): string | undefined {
  const doc = parseDocument(text);
  if (doc.errors.length > 0 || !isMap(doc.contents)) return undefined;
  const path = ["approvers", name];
  const approvers = doc.get("approvers", true);
  if (approvers !== undefined && !isMap(approvers)) return undefined;
  const known = doc.getIn([...path, "passkeys"], true);
  const passkey = doc.createNode({ id, key, origin, rp });
  if (known !== undefined) {
    if (!isSeq(known)) return undefined;
    known.add(passkey);
  } else {
    if (!doc.hasIn(path)) doc.setIn(path, doc.createNode(groups.length === 0 ? {} : { groups }));
    doc.setIn([...path, "passkeys"], doc.createNode([passkey]));
    const person = doc.getIn(path, true);
    // A list of mappings in a mapping that was written on one line would be hard to read, and to review.
    if (isMap(person)) person.flow = false;
  }
  return doc.toString({ lineWidth: 0 });
}
