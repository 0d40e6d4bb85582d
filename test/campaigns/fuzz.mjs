/**
 * `npm run fuzz`: what no client and no server should send, at random and by a printed seed, to the agent's door and the
 * server's lane in process, and to live gates over stdio and HTTP. Begins with the inputs that were kept (`corpus/`). A slice
 * of it runs in `npm test`.
 *
 *     node test/campaigns/fuzz.mjs [--door 600000] [--lane 400000] [--live 100000] [--seed N] [--keep]
 */
import { parseArgs } from "node:util";
import { openCorpus } from "./corpus.mjs";
import { fuzzDoor } from "./fuzz-door.mjs";
import { fuzzLane } from "./fuzz-lane.mjs";
import { overHttp, overStdio } from "./fuzz-live.mjs";
import { seeds, TOOLS } from "./inputs.mjs";
import { makeRandom } from "./random.mjs";

const { values: o } = parseArgs({
  options: {
    door: { type: "string", default: "600000" },
    lane: { type: "string", default: "400000" },
    live: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    keep: { type: "boolean", default: false },
  },
});
const say = (line) => process.stdout.write(`${line}\n`);
say(`seed ${o.seed}`);

const found = [];
const faults = {
  add: (what) => void found.push(what),
  /** The first of them only: one fault shows itself many times. */
  of: (what, line) => void (found.length < 20 && found.push(`${what}: ${line.toString("latin1").slice(0, 300)}`)),
};
const [agent, server] = [openCorpus("agent"), openCorpus("server")];
const corpus = [...seeds(TOOLS), ...agent.kept.map((line) => line.toString("utf8"))];
const seed = Number(o.seed);
const half = Math.ceil(Number(o.live) / 2);

say(await fuzzDoor({ count: Number(o.door), random: makeRandom(seed), corpus, keeper: agent, keep: o.keep, faults }));
say(await fuzzLane({ count: Number(o.lane), random: makeRandom(seed + 3), keeper: server, keep: o.keep, faults }));
if (o.keep) say(`kept: ${agent.save()} of agents, ${server.save()} of servers`);
if (half > 0) {
  say(await overStdio({ count: half, random: makeRandom(seed + 1), corpus, faults }));
  say(await overHttp({ count: half, random: makeRandom(seed + 2), corpus, faults }));
}
for (const fault of found) say(fault);
say(found.length === 0 ? "no fault" : `${found.length} faults`);
process.exit(found.length === 0 ? 0 : 1);
