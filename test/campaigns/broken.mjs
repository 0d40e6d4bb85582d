/**
 * Whether the campaign of faults notices: breaks a copy of the gate on purpose, in one way after the other, and runs against
 * it the part that has to say so. Ends with 0 where every break was reported.
 *
 *     node test/campaigns/broken.mjs [--only N,…] [--seed N]
 *
 * No part of `npm test` or `npm run faults`: it is for whoever changes the campaign. README.md keeps what it said last.
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: o } = parseArgs({ options: { only: { type: "string" }, seed: { type: "string", default: "1" } } });
const SYNC_INTENT = "await (durable ? gate.log.synced() : gate.log.written());\n  } catch (error) {\n    // Its intent";
const CRASH = ["crash.mjs", "--kills", "25", "--stops", "5"];

/** `edits`: file, what stands there once, what stands there then. `says`: what a report of it has in it. */
const BREAKS = [
  {
    what: "sends a write before its intent is on the device",
    edits: [["src/gateway/forward.ts", SYNC_INTENT, SYNC_INTENT.replace("durable ?", "!durable ?")]],
    run: ["durable.mjs"],
    says: /intent before the call: .* is not synced/,
  },
  {
    what: "sends a write before its intent is written",
    edits: [
      [
        "src/gateway/forward.ts",
        SYNC_INTENT,
        SYNC_INTENT.replace(/^await .*;/, "if (durable) gate.log.synced().catch(() => undefined);"),
      ],
    ],
    run: ["steps.mjs", "--flows", "write", "--how", "kill-after,EIO"],
    says: /an effect without an earlier intent|effects, 0 intents/,
  },
  {
    what: "records no outcome of a write",
    edits: [
      [
        "src/gateway/forward.ts",
        "  const { text } = forwarded;\n  // As the server",
        '  const { text } = forwarded;\n  if (leave.call.name === "slow_append") return;\n  // As the server',
      ],
    ],
    run: ["servers.mjs", "--rounds", "7"],
    says: /the log has no such outcome/,
  },
  {
    what: "tells the agent before the outcome is on the device",
    edits: [
      [
        "src/gateway/forward.ts",
        "await (durable ? gate.log.synced() : gate.log.written());\n    return",
        "await gate.log.written();\n    return",
      ],
    ],
    run: ["durable.mjs"],
    says: /outcome before the answer: .* is not synced/,
  },
  {
    what: "runs an approved write whoever has claimed it",
    edits: [["src/gateway/claim.ts", 'if (taken !== "claimed")', "if (taken === undefined)"]],
    // A race that killed gates come to too seldom: the campaign of answers has two gates wait for each.
    run: ["answers.mjs", "--rounds", "60"],
    says: /a call was sent twice|it ran without leave|what was sent is not what the state says/,
  },
  {
    what: "claims nothing: an approval is good for as many as ask",
    edits: [
      ["src/gateway/claim.ts", 'if (taken !== "claimed")', "if (taken === undefined)"],
      ["src/store/execution.ts", 'row["state"] !== "approved"', 'row["state"] === "pending"'],
      ["src/store/execution.ts", 'taken === 1 && move(database, id, ["approved"], "executing", now, {})', "taken >= 0"],
    ],
    run: CRASH,
    says: /was used \d times|: \d intents/,
  },
  {
    what: "sends again what had no answer",
    edits: [
      ["src/gateway/forward.ts", "return await server.call({", "const order: Parameters<typeof server.call>[0] = {"],
      [
        "src/gateway/forward.ts",
        "new CallQuestions(gate, leave, leave.asker),\n    });",
        "new CallQuestions(gate, leave, leave.asker),\n    };\n" +
          "    const first = await server.call(order);\n    return isUnknown(first) ? await server.call(order) : first;",
      ],
    ],
    run: ["servers.mjs", "--rounds", "7"],
    says: /2 effects, 1 intents/,
  },
  {
    what: "takes a denial for an approval",
    edits: [
      [
        "src/approval/quorum.ts",
        'const [denial] = saying(answers, "deny")',
        'const [denial] = saying(answers, "return")',
      ],
      ["src/approval/quorum.ts", 'distinct(saying(answers, "approve"))', "distinct(answers)"],
    ],
    run: ["crash.mjs", "--kills", "60", "--stops", "0"],
    says: /a human denied it|no valid approval/,
  },
  {
    what: "acknowledges an approval that it does not record",
    edits: [
      [
        "src/store/desk.ts",
        '    await record({ kind: "request.answered", request: request.id, statement });\n    if',
        "    if",
      ],
    ],
    run: ["steps.mjs", "--flows", "approval", "--how", "kill", "--every", "12"],
    says: /was acknowledged and is not in the log/,
  },
  {
    what: "goes on when the log takes nothing more",
    edits: [
      ["src/log/stream.ts", "turn.catch(() => undefined);\n    throw refusal();", "turn.catch(() => undefined);"],
      ["src/log/stream.ts", "return isOver() ? Promise.reject(refusal()) : turn;", "return turn;"],
      [
        "src/log/stream.ts",
        "if (isOver()) return Promise.reject(refusal());\n      group",
        "if (isOver()) return DONE;\n      group",
      ],
      ["src/log/stream.ts", "if (isOver()) waiting.reject(refusal());\n      else waiting", "waiting"],
      ["src/log/stream.ts", "group?.reject(refusal());", "group?.resolve();"],
    ],
    run: ["steps.mjs", "--flows", "write", "--how", "EIO,ENOSPC", "--every", "2"],
    says: /an effect without an earlier intent|effects, 0 intents|the log has no such outcome/,
  },
  {
    what: "says nothing of what a dead process left open",
    edits: [["src/log/recover.ts", "for (const call of left)\n", "for (const call of [...left].slice(1))\n"]],
    run: CRASH,
    says: /interrupted, and nobody said so|log verify/,
  },
  {
    what: "numbers two entries alike",
    edits: [["src/log/stream.ts", "return size++;", "return size === 9 ? size : size++;"]],
    run: ["crash.mjs", "--kills", "3", "--stops", "0"],
    says: /carries the number/,
  },
  {
    what: "gives leave while there is no reserve on a full disk",
    edits: [["src/log/sealing.ts", "if (!keepBallast(dir)) return again();", "keepBallast(dir);"]],
    run: ["full-disk.mjs", "--every", "20"],
    says: /without a reserve|gives leave while/,
  },
];

const root = fileURLToPath(new URL("../..", import.meta.url));
const only = o.only?.split(",").map(Number);
const say = (line) => process.stdout.write(`${line}\n`);

function brokenCopy(edits) {
  const copy = mkdtempSync(join(tmpdir(), "campaign-broken-"));
  cpSync(root, copy, {
    recursive: true,
    filter: (path) => !/^(?:node_modules|\.git|dist)(?:\/|$)/.test(path.slice(root.length)),
  });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const [file, from, to] of edits) {
    const text = readFileSync(join(copy, file), "utf8");
    if (text.split(from).length !== 2) throw new Error(`${file} has not once: ${from}`);
    writeFileSync(
      join(copy, file),
      text.replace(from, () => to),
    );
  }
  const { status, stderr, stdout } = spawnSync(process.execPath, ["scripts/build.mjs"], {
    cwd: copy,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`a broken gate is not built:\n${stdout}${stderr}`);
  return copy;
}

/** What the part says of it, in lines. */
function report(copy, [program, ...args]) {
  // What a part keeps of its faults goes with the copy.
  const env = { ...process.env, TMPDIR: join(copy, "kept") };
  mkdirSync(env.TMPDIR);
  const child = spawn(process.execPath, [join(copy, "test/campaigns", program), ...args], { cwd: copy, env });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += bytes));
  return new Promise((done) => child.on("close", (code) => done({ code, lines: said.split("\n") })));
}

let missed = 0;
for (const [at, { what, edits, run, says }] of BREAKS.entries()) {
  if (only !== undefined && !only.includes(at + 1)) continue;
  const copy = brokenCopy(edits);
  const args = run[0] === "durable.mjs" ? run : [...run, "--seed", o.seed];
  const began = performance.now();
  const { code, lines } = await report(copy, args);
  const hits = lines.filter((line) => says.test(line));
  if (code !== 1 || hits.length === 0) missed++;
  say(
    `${at + 1}. ${what}\n   ${args.join(" ")}: ${hits.length} reports, ${Math.round((performance.now() - began) / 1000)} s`,
  );
  say(`   ${code !== 1 || hits.length === 0 ? `NOT NOTICED (${code})\n${lines.join("\n")}` : hits[0].trim()}`);
  rmSync(copy, { recursive: true });
}
say(missed === 0 ? "all were noticed" : `${missed} NOT NOTICED`);
process.exitCode = missed === 0 ? 0 : 1;
