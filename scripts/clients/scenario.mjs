/**
 * What one agent's client goes through: a write without the gate, then behind the gate that `kidoban init` put in its
 * place a read, a write that is approved in a terminal, one that is denied, and one whose answer comes too late for the
 * client, so that the agent waits for it with `kidoban_wait`; a tool goes while the agent works. Then the log, and
 * `kidoban undo`. Knows no client.
 */
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FILESYSTEM_SERVER, must, pinned } from "../fresh-machine.mjs";
import { worldOf } from "./world.mjs";

/** The script of a model that makes one call. */
const once = (step) => (results) => (results.length === 0 ? step : undefined);

/**
 * Drives `client`, one of the files beside this one, whose program is at `program`, on a fresh machine with the packed
 * Kidoban. `say` is told each step. Gives what the log says of the client: { era, client, version, protocol }. Throws
 * where anything is not as it should be, or as the client's file says.
 */
export async function drive(client, program, machine, tarball, say) {
  const world = worldOf(client, program, machine);
  try {
    say("without the gate");
    const direct = await withoutGate(client, program, machine, tarball, world);
    const before = world.servers();
    say("kidoban init, and an approver");
    await intoGate(machine, world);
    say("a read passes");
    await read(client, world, direct.offered);
    say("a write is held, shown in a terminal and approved");
    const request = await approved(world);
    say("a write is held and denied");
    await denied(world);
    say("the same over HTTP");
    await overHttp(client, machine, world);
    const manifest = join(dirname(machine.env.KIDOBAN_CONFIG), "manifests", `${client.id}.yaml`);
    say("a write is answered after the client's patience");
    await late(manifest, world);
    say("a tool goes while the agent works");
    await newList(client, manifest, world);
    say("the log");
    const seen = await log(client, request, world);
    say("kidoban undo");
    await world.kidoban("undo");
    assert.deepEqual(world.servers(), before);
    assert.deepEqual(readdirSync(machine.workspace).toSorted(), ["approved.txt", "direct.txt", "http.txt", "late.txt"]);
    return seen;
  } finally {
    await world.quiet();
  }
}

/** Registers the server as a person would, and writes a file with it. */
async function withoutGate(client, program, machine, tarball, world) {
  const { app, env, home, workspace } = machine;
  await machine.install(tarball, pinned(FILESYSTEM_SERVER));
  if (client.preset !== undefined) {
    mkdirSync(dirname(client.settings(home)), { recursive: true });
    writeFileSync(client.settings(home), client.preset);
  }
  const server = [process.execPath, join(app, "node_modules", FILESYSTEM_SERVER, "dist/index.js"), workspace];
  await must(program, client.add("files", server), { cwd: workspace, env });
  const direct = await world.agent(once(world.call("write_file", { path: "direct.txt", content: "directly\n" })));
  const wrote = world.fileText("direct.txt") === "directly\n";
  assert.equal(wrote, client.writesUnasked, `without the gate: ${direct.results[0].text}`);
  if (!wrote) writeFileSync(join(workspace, "direct.txt"), "directly\n");
  return direct;
}

async function intoGate({ env }, world) {
  writeFileSync(world.passphrase, "a passphrase for one run\n", { mode: 0o600 });
  env.KIDOBAN_CONFIG = JSON.parse(await world.kidoban("init", "--yes", "--json")).config;
  assert.match(JSON.stringify(world.servers().files), /"stdio","--config"/, "init left the server as it was");
  const adding = ["approver", "add", "tester", "--passphrase-file", world.passphrase, "--json"];
  const { key } = JSON.parse(await world.kidoban(...adding));
  appendFileSync(env.KIDOBAN_CONFIG, `approvers:\n  tester: { key: "${key}" }\n`);
  await world.kidoban("accept", "--yes");
}

/** `before`: the tools that the model was offered without the gate. */
async function read(client, world, before) {
  const { results, offered } = await world.agent(once(world.call("read_text_file", { path: "direct.txt" })));
  assert.notEqual(results[0].isError, true, results[0].text);
  assert.match(results[0].text, /directly/);
  const ours = offered.filter((name) => name.startsWith(client.tool("files", "")));
  assert.deepEqual(
    ours.filter((name) => !before.includes(name)),
    [client.tool("files", "kidoban_wait")],
  );
}

async function approved(world) {
  const work = world.agent(once(world.call("write_file", { path: "approved.txt", content: "written with leave\n" })));
  const request = await world.nextRequest(work);
  assert.equal(world.fileText("approved.txt"), undefined, "the file was written before anybody was asked");
  const screen = await world.answer("approve", request);
  assert.match(screen, /approved\.txt/, screen);
  assert.match(screen, /written with leave/, screen);
  const { out, results } = await work;
  assert.notEqual(results[0].isError, true, results[0].text);
  assert.match(out, /DONE [^]*Successfully wrote/);
  assert.equal(world.fileText("approved.txt"), "written with leave\n");
  return request;
}

async function denied(world) {
  const work = world.agent(once(world.call("write_file", { path: "denied.txt", content: "never\n" })));
  await world.answer("deny", await world.nextRequest(work), "--comment", "not today");
  const [refused] = (await work).results;
  assert.notEqual(refused.isError, false, refused.text);
  assert.match(refused.text, /DENIED by tester[^]*not today/);
  assert.equal(world.fileText("denied.txt"), undefined, "a denied write took effect");
}

/** A gate of another process, which the client reaches by a URL and a token. */
async function overHttp(client, { env, home }, world) {
  const settings = client.settings(home);
  const before = readFileSync(settings, "utf8");
  const issuing = ["token", "issue", client.id, "--passphrase-file", world.passphrase, "--json"];
  env.KIDOBAN_TOKEN = JSON.parse(await world.kidoban(...issuing)).token;
  const gate = await world.serve();
  try {
    writeFileSync(settings, client.withHttp(before, gate.url));
    const known = (await world.entries()).length;
    const step = world.call("write_file", { path: "http.txt", content: "over HTTP\n" });
    const work = world.agent(once({ ...step, name: client.tool("kidoban", "files_write_file") }));
    await world.answer("approve", await world.nextRequest(work));
    const { results } = await work;
    assert.match(results[0].text, /Successfully wrote/);
    assert.equal(world.fileText("http.txt"), "over HTTP\n");
    const since = (await world.entries()).slice(known);
    const connected = since.filter(({ kind, agent }) => kind === "client.connected" && agent === client.id);
    assert.ok(connected.length > 1, "one gate over stdio, one over HTTP");
    for (const { claimed } of connected) assert.equal(claimed.protocol, client.protocol, "the protocol that it speaks");
  } finally {
    writeFileSync(settings, before);
    delete env.KIDOBAN_TOKEN;
    await gate.end();
  }
}

async function late(manifest, world) {
  appendFileSync(manifest, "wait: 2s\n");
  await world.kidoban("accept", "--yes", "--passphrase-file", world.passphrase);
  const patient = (seen) => {
    if (seen.length === 0) return world.call("write_file", { path: "late.txt", content: "written late\n" });
    const [, id] = /NOT EXECUTED[^]*kidoban_wait \{\\*"id\\*":\\*"([0-9a-f-]+)/.exec(seen.at(-1).text) ?? [];
    return id === undefined ? undefined : world.call("kidoban_wait", { id });
  };
  let model;
  const work = world.agent(patient, (started) => (model = started));
  const request = await world.nextRequest(work);
  while (model.results.length === 0) await Promise.race([sleep(100), work]);
  await world.answer("approve", request);
  const { results } = await work;
  assert.match(results[0].text, /NOT EXECUTED/);
  assert.match(results.at(-1).text, /Successfully wrote/);
  assert.equal(world.fileText("late.txt"), "written late\n");
}

/** What the client makes of a changed list: offers it to the model at work, only asks for it, or ignores the notice. */
async function newList(client, manifest, world) {
  const tool = client.tool("files", "write_file");
  let model;
  const looking = async (seen) => {
    if (seen.length === 1) {
      assert.ok(model.offered().includes(tool), "the tool was not there before");
      writeFileSync(manifest, readFileSync(manifest, "utf8").replace("access: read-write", "access: read-only"));
      // Time for the gate to read its files, and for the client to ask for the list again.
      await sleep(3000);
    }
    return seen.length < 3 ? world.call("read_text_file", { path: "direct.txt" }) : undefined;
  };
  const { offered } = await world.agent(looking, (started) => (model = started));
  const entries = await world.entries();
  const since = entries.slice(entries.findLastIndex(({ kind }) => kind === "config.proposed"));
  const asked = since.some(({ kind, method }) => kind === "list.served" && method === "tools/list");
  const found = !offered.includes(tool) ? "offered" : asked ? "asked" : "ignored";
  assert.equal(found, client.newList, "what it makes of a changed list");
}

async function log(client, request, world) {
  await world.kidoban("log", "verify");
  const entries = await world.entries();
  const kinds = entries.filter((entry) => entry.request === request).map(({ kind }) => kind);
  for (const kind of ["request.opened", "request.answered", "request.claimed", "call.intent"]) {
    assert.ok(kinds.includes(kind), `the log has no ${kind} of the approved write: ${kinds.join(", ")}`);
  }
  const connected = entries.filter(({ kind, agent }) => kind === "client.connected" && agent === client.id);
  const { era, claimed } = connected.at(-1);
  assert.equal(claimed.protocol, client.protocol, "the protocol that it speaks");
  return { era, ...claimed };
}
