import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openStandings, type Standings } from "../../src/compose/oidc/standings.ts";
import { arrive, loginUrl } from "../../src/compose/oidc/provider.ts";
import { loadConfig } from "../../src/config/load.ts";
import { readEnv } from "../../src/config/env.ts";
import { CLIENT, company, type Company } from "../console/company.ts";
import { makeWorld, textOf, type World } from "./world.ts";

const CALLBACK = "http://kidoban.localhost:7540/login/provider/callback";

let world: World;
let provider: Company;
afterEach(async () => {
  await Promise.all([world.close(), provider.close()]);
});

/** A gate whose one approver is bound to the provider, and has entered through it. */
async function bound(): Promise<Standings> {
  provider = await company([CALLBACK]);
  provider.people.set("tester", ["kidoban"]);
  world = makeWorld({
    manifest: "wait: 1s",
    config: `secrets:
  CLIENT: { file: client }
console:
  oidc:
    issuer: ${provider.issuer}
    client_id: ${CLIENT.id}
    client_secret: "\${secret:CLIENT}"
    scopes: [groups]
    groups: { kidoban: { roles: [approver, owner], groups: [ops] } }`,
    rules: "  - { id: people, effect: ask, match: [ledger/append], approval: { from: [ops] } }",
    prepare(root) {
      const config = join(root, "config", "kidoban.yaml");
      writeFileSync(join(root, "config", "client"), CLIENT.secret, { mode: 0o600 });
      writeFileSync(
        config,
        readFileSync(config, "utf8").replace("groups: [ops] }", "groups: [ops], subject: tester }"),
      );
    },
  });
  const { config } = await loadConfig(world.config);
  if (config === undefined) throw new Error("no configuration");
  const standings = openStandings({
    store: (await world.state()).store,
    env: readEnv(world.env),
    configPath: world.config,
    configs: () => [config],
    now: Date.now,
  });
  const at = await standings.provider(CALLBACK);
  if (at === undefined) throw new Error("no provider");
  const leaving = { issuer: provider.issuer, nonce: "n".repeat(43), verifier: "v".repeat(43), redirect: CALLBACK };
  const back = new URL(await provider.visit(await loginUrl(at.provider, at.oidc, "state", leaving), "tester"));
  const { person, tokens } = await arrive(at.provider, at.oidc, back.searchParams, "state", leaving, Date.now());
  await standings.entered("tester", provider.issuer, CLIENT.id, person, tokens);
  return standings;
}

/** A call that waits, approved while its caller is away; then `meanwhile`, then the agent asks what became of it. */
async function approvedThen(meanwhile: () => void): Promise<string> {
  const client = await world.client();
  const first = textOf(await client.callTool({ name: "ledger_append", arguments: { id: "1", value: "x" } }));
  expect(first).toContain("NOT EXECUTED");
  const [request] = await world.waitFor(["pending"]);
  if (request === undefined) throw new Error("nothing waits");
  const answered = await world.answer(request, "approve");
  expect(answered.kind).toBe("counted");
  meanwhile();
  return textOf(await client.callTool({ name: "kidoban_wait", arguments: { id: request.id } }));
}

describe("an approver of the company's provider", () => {
  test("who is still there has their approval used, once", async () => {
    await bound();
    await approvedThen(() => undefined);
    expect(world.effects().filter(({ tool }) => tool === "append")).toHaveLength(1);
  });

  test("P7 who was removed between approval and claim has approved nothing", async () => {
    await bound();
    const said = await approvedThen(() => provider.people.delete("tester"));
    expect(said).toContain("NOT EXECUTED");
    expect(world.effects().filter(({ tool }) => tool === "append")).toEqual([]);
    // The gate does not ask the provider in a loop either.
    expect(provider.asked.filter((path) => path === "/me" || path === "/token").length).toBeLessThan(12);
  });

  test("P7 whose group was taken away has approved nothing", async () => {
    await bound();
    await approvedThen(() => provider.people.set("tester", ["others"]));
    expect(world.effects().filter(({ tool }) => tool === "append")).toEqual([]);
  });

  test("counts while the provider is down, by its last word", async () => {
    await bound();
    await approvedThen(() => provider.down());
    expect(world.effects().filter(({ tool }) => tool === "append")).toHaveLength(1);
  });
});
