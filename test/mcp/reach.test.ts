import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { bearerChallenge } from "../../src/mcp/oauth/challenge.ts";
import { checkedUrl, guardedLookup, reachOf } from "../../src/mcp/oauth/reach.ts";
import { ask } from "../../src/mcp/oauth/request.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const resolved = (reach: "public" | "loopback", all: boolean) =>
  new Promise<string>((resolve) => {
    guardedLookup(reach, false)("localhost", { all }, (error, address) =>
      resolve(error === null ? JSON.stringify(address) : error.message),
    );
  });

describe("attack: metadata that leads into the network behind the gate", () => {
  test.each([
    ["127.0.0.1", "loopback"],
    ["127.9.9.9", "loopback"],
    ["0.0.0.0", "loopback"],
    ["::1", "loopback"],
    ["::", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["::ffff:7f00:1", "loopback"],
    ["10.1.2.3", "private"],
    ["172.31.255.255", "private"],
    ["192.168.0.1", "private"],
    ["169.254.169.254", "private"],
    ["100.64.0.1", "private"],
    ["::ffff:10.0.0.1", "private"],
    ["::ffff:169.254.169.254", "private"],
    ["fe80::1", "private"],
    ["fd12:3456::1", "private"],
    ["64:ff9b::a00:1", "private"],
    ["2002:a00:1::1", "private"],
    ["255.255.255.255", "private"],
    ["172.32.0.1", "public"],
    ["93.184.216.34", "public"],
    ["2606:2800:220:1::1", "public"],
  ] as const)("%s lies at %s", (address, reach) => {
    expect(reachOf(address)).toBe(reach);
  });

  test.each([
    "http://auth.example/token",
    "http://169.254.169.254/latest/meta-data",
    "https://169.254.169.254/",
    "https://127.0.0.1/",
    "https://[::1]:8443/",
    "https://[::ffff:127.0.0.1]/",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://localhost/",
    "https://db.localhost/",
    "http://localhost:8080/",
    "https://10.0.0.1/",
    "https://[fd00::1]/",
    "https://user:password@auth.example/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "ftp://auth.example/",
    "//auth.example/",
    "",
  ])("%s is refused from the internet", (url) => {
    expect(() => checkedUrl(url, "public")).toThrow("address");
  });

  test("what began on this machine may go to it, unencrypted too; what began in a private network may not", () => {
    expect(checkedUrl("http://127.0.0.1:8080/token", "loopback").port).toBe("8080");
    expect(checkedUrl("https://10.0.0.1/", "loopback").hostname).toBe("10.0.0.1");
    expect(checkedUrl("https://10.0.0.1/", "private").hostname).toBe("10.0.0.1");
    expect(() => checkedUrl("https://127.0.0.1/", "private")).toThrow("address");
    // Nothing unencrypted but to this machine, wherever it began.
    expect(() => checkedUrl("http://10.0.0.1/", "loopback")).toThrow("address");
    expect(() => checkedUrl("http://auth.example/", "loopback")).toThrow("address");
  });

  test("a name that resolves to a nearer address is refused where the connection asks for it", async () => {
    expect(await resolved("public", true)).toBe("address: localhost");
    expect(await resolved("public", false)).toBe("address: localhost");
    expect(await resolved("loopback", true)).toMatch(/127\.0\.0\.1|::1/);
    expect(await resolved("loopback", false)).toMatch(/127\.0\.0\.1|::1/);
  });

  test("no redirect is followed, nothing large is read, and a reference to elsewhere is no answer", async () => {
    let followed = 0;
    const server = createServer((request, response) => {
      if (request.url === "/elsewhere") followed += 1;
      if (request.url === "/large") return response.end("x".repeat(2 * 1024 * 1024));
      return response.writeHead(307, { location: "/elsewhere" }).end();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { response, from } = await ask(`${origin}/`, "loopback");
    expect([response.status, from, followed]).toEqual([307, "loopback", 0]);
    await expect(ask(`${origin}/large`, "loopback")).rejects.toMatchObject({ code: "unreachable" });
    await expect(ask(`${origin}/`, "private")).rejects.toMatchObject({ code: "address" });
  });
});

describe("a challenge", () => {
  test.each([
    [
      'Bearer resource_metadata="https://a.example/m", scope="x y"',
      { resourceMetadata: "https://a.example/m", scope: "x y" },
    ],
    ["bearer error=insufficient_scope,scope=write", { error: "insufficient_scope", scope: "write" }],
    ['Basic realm="Bearer scope=\\"no\\"", Bearer scope="yes"', { scope: "yes" }],
    ['DPoP algs="ES256", Bearer realm="a, b", scope="s", Basic realm="scope=x"', { scope: "s" }],
    ['Bearer scope="first", scope="second"', { scope: "first" }],
    ["Bearer", {}],
  ])("%s is read", (header, challenge) => {
    expect(bearerChallenge(header)).toEqual(challenge);
  });

  test.each([
    ["Basic realm=x"],
    ['Basic realm="Bearer scope=x"'],
    [""],
    [undefined],
    [`Bearer scope="${"x".repeat(9000)}"`],
  ])("%s is none", (header) => {
    expect(bearerChallenge(header)).toBeUndefined();
  });
});
