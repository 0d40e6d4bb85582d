/** One client on one fresh machine, and what a person does there: the hands of the scenario, which knows the steps. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../fresh-machine.mjs";
import { startModel } from "../scripted-model.mjs";
import { inTerminal } from "./terminal.mjs";

/** The client's only server has the name "files". Approvers' passphrases stand in `passphrase`. */
export function worldOf(client, program, machine) {
  const { app, env, home, workspace } = machine;
  const passphrase = join(home, "passphrase");
  const running = [];
  const known = new Set();

  async function carryOut(script, watch) {
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

  return {
    passphrase,
    kidoban,
    entries,
    /** The servers that stand in the client's own file. */
    servers: () => client.servers(readFileSync(client.settings(home), "utf8")),
    fileText: (name) => (existsSync(join(workspace, name)) ? readFileSync(join(workspace, name), "utf8") : undefined),
    /** A tool call as the model makes it; paths are in the workspace. */
    call: (tool, { path, ...input }) => ({
      name: client.tool("files", tool),
      input: { ...(path !== undefined && { path: join(workspace, path) }), ...input },
    }),
    /** Lets the client carry out a script of its model: { out, results, offered }. `watch` is given the model. */
    agent(script, watch = () => undefined) {
      const work = carryOut(script, watch);
      running.push(work);
      return work;
    },
    /** Resolves when no client runs any more, however they ended. */
    quiet: () => Promise.allSettled(running),
    /** The id of the request that is opened next, unless the agent is done first. */
    async nextRequest(work) {
      const unasked = work.then(({ results }) => {
        throw new Error(`the agent was done before anybody was asked: ${results[0]?.text}`);
      });
      unasked.catch(() => undefined);
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
    },
    /** Starts a gate that listens on loopback: { url, end }. */
    async serve() {
      const args = ["serve", "--listen", "127.0.0.1:0", "--json"];
      const child = spawn(join(app, "node_modules/.bin/kidoban"), args, {
        cwd: workspace,
        env,
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = new Promise((done) => child.on("close", done));
      const said = new Promise((done) => child.stdout.once("data", done));
      const line = await Promise.race([said, ended.then((code) => assert.fail(`kidoban serve ended with ${code}`))]);
      return { ...JSON.parse(line), end: () => (child.kill("SIGTERM"), ended) };
    },
    /** Answers in a terminal; gives its screen. */
    async answer(...words) {
      const screen = await inTerminal(["kidoban", ...words, "--passphrase-file", passphrase], { cwd: workspace, env });
      assert.match(screen, /ended with 0/, screen);
      return screen;
    },
  };
}
