/**
 * What one agent's client goes through: a write without the gate, then behind the gate that `kidoban init` put in its
 * place a read, a write that is approved in a terminal, one that is denied, and one whose answer comes too late for the
 * client, so that the agent waits for it with `kidoban_wait`; a tool goes while the agent works. Then the log, and
 * `kidoban undo`. Knows no client.
 */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FILESYSTEM_SERVER, must, pinned, run } from "../fresh-machine.mjs";
import { startModel } from "../scripted-model.mjs";
import { inTerminal } from "./terminal.mjs";

/** The script of a model that makes one call. */
const once = (step) => (results) => (results.length === 0 ? step : undefined);

/**
 * Drives `client` (one of the files beside this one), whose program is at `program`, on a fresh machine with the packed Kidoban. `say` is told each step.
 * Gives what the log says of the client: { era, client, version, protocol }. Throws where anything is not as it should be.
 */
export async function drive(client, program, machine, tarball, say) {
  const { app, env, home, workspace } = machine;
  const passphrase = join(home, "passphrase");
  const settings = client.settings(home);
  const serversNow = () => client.servers(readFileSync(settings, "utf8"));
  const fileText = (name) =>
    existsSync(join(workspace, name)) ? readFileSync(join(workspace, name), "utf8") : undefined;
  const call = (tool, input) => ({ name: client.tool("files", tool), input });
  const write = (name, content) => call("write_file", { path: join(workspace, name), content });

  /** Lets the client carry out a script: { out, results, offered }, as it and its model saw it. */
  async function agent(script, watch = () => undefined) {
    const model = await startModel(script);
    try {
      watch(model);
      const { args, env: more } = client.run(model.url);
      const { code, out, err } = await run(program, args, { cwd: workspace, env: { ...env, ...more } });
      assert.equal(code, 0, `${client.title} ended with ${code}: ${out}${err}`);
      const strange = [...model.unknown].join(", ");
      assert.ok(model.results.length > 0, `${client.title} called no tool: ${out}${err} (not served: ${strange})`);
      return { out, results: model.results, offered: model.offered() };
    } finally {
      await model.close();
    }
  }
  async function kidoban(...args) {
    const result = await machine.kidoban(args);
    assert.equal(result.code, 0, `kidoban ${args.join(" ")} ended with ${result.code}: ${result.out}${result.err}`);
    return result.out;
  }
  const entries = async () =>
    (await kidoban("log", "--json"))
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).entry);

  const known = new Set();
  /** The id of the request that is opened next, unless the agent is done first. */
  async function nextRequest(running) {
    const unasked = running.then(({ results }) => {
      throw new Error(`the agent was done before anybody was asked: ${results[0]?.text}`);
    });
    for (let i = 0; i < 150; i++) {
      const opened = (await entries()).filter(({ kind }) => kind === "request.opened");
      const found = opened.find(({ request }) => !known.has(request));
      if (found) {
        known.add(found.request);
        return found.request;
      }
      await Promise.race([sleep(200), unasked]);
    }
    throw new Error("no request was opened");
  }

  async function answer(...words) {
    const screen = await inTerminal(["kidoban", ...words, "--passphrase-file", passphrase], { cwd: workspace, env });
    assert.match(screen, /ended with 0/, screen);
    return screen;
  }

  say("installing");
  await machine.install(tarball, pinned(FILESYSTEM_SERVER));

  say("without the gate");
  if (client.preset !== undefined) {
    mkdirSync(dirname(settings), { recursive: true });
    writeFileSync(settings, client.preset);
  }
  const server = [process.execPath, join(app, "node_modules", FILESYSTEM_SERVER, "dist/index.js"), workspace];
  await must(program, client.add("files", server), { cwd: workspace, env });
  const before = serversNow();
  const direct = await agent(once(write("direct.txt", "written directly\n")));
  if (client.writesWithoutGate === false) {
    assert.equal(
      fileText("direct.txt"),
      undefined,
      `${client.title} lets writes pass by now: say so in docs/clients.md`,
    );
    writeFileSync(join(workspace, "direct.txt"), "written directly\n");
  } else {
    assert.notEqual(direct.results[0].isError, true, direct.results[0].text);
    assert.equal(fileText("direct.txt"), "written directly\n", direct.results[0].text);
  }

  say("kidoban init");
  writeFileSync(passphrase, "a passphrase for one run\n", { mode: 0o600 });
  env.KIDOBAN_CONFIG = JSON.parse(await kidoban("init", "--yes", "--json")).config;
  assert.match(JSON.stringify(serversNow().files), /"stdio","--config"/, "init left the server as it was");

  say("an approver");
  const added = JSON.parse(await kidoban("approver", "add", "tester", "--passphrase-file", passphrase, "--json"));
  appendFileSync(env.KIDOBAN_CONFIG, `approvers:\n  tester: { key: "${added.key}" }\n`);
  await kidoban("accept", "--yes");

  say("a read passes");
  const read = await agent(once(call("read_text_file", { path: join(workspace, "direct.txt") })));
  assert.notEqual(read.results[0].isError, true, read.results[0].text);
  assert.match(read.results[0].text, /written directly/);
  const news = read.offered.filter(
    (name) => name.startsWith(client.tool("files", "")) && !direct.offered.includes(name),
  );
  assert.deepEqual(news, [client.tool("files", "kidoban_wait")]);

  say("a write is held, shown in a terminal and approved");
  const approved = agent(once(write("approved.txt", "written with leave\n")));
  const request = await nextRequest(approved);
  assert.equal(fileText("approved.txt"), undefined, "the file was written before anybody was asked");
  const screen = await answer("approve", request);
  assert.match(screen, /approved\.txt/, screen);
  assert.match(screen, /written with leave/, screen);
  const { out, results } = await approved;
  assert.notEqual(results[0].isError, true, results[0].text);
  assert.match(out, /DONE [^]*Successfully wrote/);
  assert.equal(fileText("approved.txt"), "written with leave\n");

  say("a write is held and denied");
  const denied = agent(once(write("denied.txt", "never\n")));
  await answer("deny", await nextRequest(denied), "--comment", "not today");
  const refused = (await denied).results[0];
  assert.notEqual(refused.isError, false, refused.text);
  assert.match(refused.text, /DENIED by tester[^]*not today/);
  assert.equal(fileText("denied.txt"), undefined, "a denied write took effect");

  say("a write is answered after the client's patience");
  const manifest = join(dirname(env.KIDOBAN_CONFIG), "manifests", `${client.id}.yaml`);
  appendFileSync(manifest, "wait: 2s\n");
  await kidoban("accept", "--yes", "--passphrase-file", passphrase);
  const patient = (seen) => {
    if (seen.length === 0) return write("late.txt", "written late\n");
    const [, id] = /NOT EXECUTED[^]*kidoban_wait \{\\*"id\\*":\\*"([0-9a-f-]+)/.exec(seen.at(-1).text) ?? [];
    return id === undefined ? undefined : call("kidoban_wait", { id });
  };
  let model;
  const late = agent(patient, (started) => (model = started));
  const lateRequest = await nextRequest(late);
  while (model.results.length === 0) await Promise.race([sleep(100), late]);
  await answer("approve", lateRequest);
  const waited = (await late).results;
  assert.match(waited[0].text, /NOT EXECUTED/);
  assert.match(waited.at(-1).text, /Successfully wrote/);
  assert.equal(fileText("late.txt"), "written late\n");

  say("a tool goes while the agent works");
  const looking = async (seen) => {
    if (seen.length === 1) {
      assert.ok(model.offered().includes(client.tool("files", "write_file")), "the tool was not there before");
      writeFileSync(manifest, readFileSync(manifest, "utf8").replace("access: read-write", "access: read-only"));
      // Time for the gate to read its files, and for the client to ask for the list again.
      await sleep(3000);
    }
    return seen.length < 3 ? call("read_text_file", { path: join(workspace, "direct.txt") }) : undefined;
  };
  const { offered } = await agent(looking, (started) => (model = started));
  const log = await entries();
  const proposed = log.findLastIndex(({ kind }) => kind === "config.proposed");
  const listed = log.slice(proposed).some(({ kind, method }) => kind === "list.served" && method === "tools/list");
  const newList = !offered.includes(client.tool("files", "write_file")) ? "offered" : listed ? "asked" : "ignored";
  assert.equal(newList, client.newList, `${client.title} takes a changed list otherwise: say so in docs/clients.md`);

  say("the log");
  await kidoban("log", "verify");
  const kinds = log.filter((entry) => entry.request === request).map(({ kind }) => kind);
  for (const kind of ["request.opened", "request.answered", "request.claimed", "call.intent"]) {
    assert.ok(kinds.includes(kind), `the log has no ${kind} of the approved write: ${kinds.join(", ")}`);
  }

  say("kidoban undo");
  await kidoban("undo");
  assert.deepEqual(serversNow(), before);
  assert.deepEqual(readdirSync(workspace).toSorted(), ["approved.txt", "direct.txt", "late.txt"]);

  const connected = log.filter(({ kind, agent: who }) => kind === "client.connected" && who === client.id);
  const { era, claimed } = connected.at(-1);
  assert.equal(
    claimed.protocol,
    client.protocol,
    `${client.title} speaks ${claimed.protocol}: say so in docs/clients.md`,
  );
  return { era, ...claimed };
}
