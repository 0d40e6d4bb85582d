/** `console:` of kidoban.yaml: where it is when little is written, and that a change of it waits for acceptance. */

import { describe, expect, test } from "vitest";
import { configChanges } from "../../src/compose/changes.ts";
import { readConfig, type Config } from "../../src/config/config-file.ts";

function read(members: string): Config {
  const { config, problems } = readConfig("kidoban.yaml", `kidoban: 1\nservers: {}\n${members}\n`, "/gate");
  if (config === undefined) throw new Error(JSON.stringify(problems));
  return config;
}

const configured = (config: Config) => ({
  config,
  waits: new Map<string, number>(),
  roots: new Map<string, string[]>(),
});

describe("console:", () => {
  test("names this machine where it says nothing more, by a name that no other local page shares", () => {
    expect(read("console: {}").console).toMatchObject({
      url: "http://kidoban.localhost:7540",
      rp: "kidoban.localhost",
    });
    expect(read('console: { listen: "127.0.0.1:9000" }').console).toMatchObject({
      url: "http://kidoban.localhost:9000",
    });
  });

  test("takes an origin, whose host passkeys are bound to unless it says a domain above", () => {
    expect(read("console: { url: https://kidoban.example.com/ }").console).toMatchObject({
      url: "https://kidoban.example.com",
      rp: "kidoban.example.com",
    });
    const whole = read(
      "console: { url: https://kidoban.example.com, rp: example.com, hosts: [10.0.0.1:7540], tls: { cert: c.pem, key: keys/k.pem } }",
    );
    expect(whole.console).toMatchObject({
      rp: "example.com",
      hosts: ["10.0.0.1:7540"],
      tls: { cert: "/gate/c.pem", key: "/gate/keys/k.pem" },
    });
  });

  test("P12: another address, name or certificate is a change that waits for acceptance", () => {
    const before = read("console: { url: https://kidoban.example.com }");
    for (const members of [
      "console: { url: https://evil.example }",
      "console: { url: https://kidoban.example.com, hosts: [evil.example] }",
      "console: { url: https://kidoban.example.com, rp: example.com }",
      "console: { url: https://kidoban.example.com, tls: { cert: c, key: k } }",
    ]) {
      const changes = configChanges(configured(before), configured(read(members)));
      expect([members, changes.some(({ what, holds }) => what === "console" && holds === "once accepted")]).toEqual([
        members,
        true,
      ]);
    }
    expect(configChanges(configured(before), configured(before))).toEqual([]);
  });
});
