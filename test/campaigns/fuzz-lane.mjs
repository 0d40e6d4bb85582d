/**
 * Spoiled messages of a server to the lane alone, in process, held against what a plain reader makes of each: a call ends
 * once, by a message that plainly answers it and no other, and what goes on to the agent is what stands in that message.
 */
import { isDeepStrictEqual } from "node:util";
import { bundled } from "./bundled.mjs";
import { makeInput } from "./inputs.mjs";
import { SERVER_SPLINTERS, serverSeeds } from "./inputs-server.mjs";
import { plainEnvelope } from "./plain-reader.mjs";

/** What a message did, apart from what is different each time. */
const traitOf = (over, refused) =>
  [...over.map(({ how }) => `${how.status} ${how.member}`), ...refused.map((why) => why.slice(0, 24))].join(", ");

/** `keep`: each on a lane of its own, so that it can be replayed; those that do what none did before are kept. */
export async function fuzzLane({ count, random, keeper, keep, faults }) {
  const { openFuzzedLane } = await bundled("fuzz-lane.ts");
  let lane;
  let answered = 0;
  let [id, other] = [0, 0];

  async function put(line) {
    // What is no UTF-8 is refused before the lane.
    const text = line.toString("utf8");
    lane.receive(text);
    await new Promise(setImmediate);
    const message = plainEnvelope(text);
    const over = lane.settled();
    for (const { id: ended, how } of over) {
      answered += 1;
      // The gate's own word, where a server asks for what it was not offered.
      const isOwn = how.member === "error" && /does not relay/.test(how.text);
      const isFit =
        message?.id === ended &&
        message.method === undefined &&
        (isOwn || isDeepStrictEqual(JSON.parse(how.text), message[how.member]));
      if (!isFit) faults.of(`call ${ended} ended with ${JSON.stringify(how)} by what does not say so`, line);
    }
    if (over.length > 1) faults.of(`${over.length} calls ended by one message`, line);
    for (const sent of lane.sent())
      if (JSON.parse(sent).method === "tools/call") faults.of("a call was sent again", line);
    return over;
  }

  function openAnew(era) {
    lane = openFuzzedLane(era);
    renew();
  }
  function renew() {
    [id, other] = [lane.call(), lane.call()];
    lane.sent();
  }
  const replayed = keeper.kept.slice();
  for (const line of replayed) {
    openAnew("legacy");
    keeper.learn(line, traitOf(await put(line), lane.refused()));
  }
  for (let done = 0; done < count; done++) {
    if (keep || done % 1000 === 0) openAnew(keep || random.chance(0.5) ? "legacy" : "modern");
    const line = makeInput(random, serverSeeds(id, other), SERVER_SPLINTERS(id, other));
    const over = await put(line);
    if (keep) keeper.learn(line, traitOf(over, lane.refused()));
    if (over.length > 0) renew();
  }
  return `lane: ${replayed.length} kept and ${count} new messages, ${answered} calls answered`;
}
