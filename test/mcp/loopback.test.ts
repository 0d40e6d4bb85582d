import { request } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { openLoopback, type Loopback } from "../../src/mcp/oauth/loopback.ts";

const pages = { received: "received <b>", foreign: "foreign" };
let loopback: Loopback | undefined;
afterEach(() => loopback?.close());

interface Got {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** As a browser, or worse: any method, path and Host. */
function send(
  to: Loopback,
  path: string,
  options: { readonly method?: string; readonly host?: string } = {},
): Promise<Got> {
  const { port, host } = new URL(to.redirect);
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port, path, method: options.method ?? "GET", headers: { host: options.host ?? host } },
      (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}

/** Whether an answer came, without waiting for one. */
const came = (answer: Promise<URLSearchParams>): Promise<boolean> =>
  Promise.race([answer.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, 50, false))]);

describe("attack: the address on this machine that the browser comes back to", () => {
  test("listens on this machine alone, on another port each time, and takes the answer with our state", async () => {
    loopback = await openLoopback(pages);
    const other = await openLoopback(pages);
    expect(new URL(loopback.redirect).hostname).toBe("127.0.0.1");
    expect(other.redirect).not.toBe(loopback.redirect);
    other.close();
    const answer = loopback.answer("our-state", 5000);
    expect((await send(loopback, "/callback?code=c0de&state=our-state&iss=x")).status).toBe(200);
    expect((await answer).get("code")).toBe("c0de");
  });

  test.each([
    ["a foreign state", "/callback?code=c0de&state=another"],
    ["no state", "/callback?code=c0de"],
    ["two states", "/callback?code=c0de&state=our-state&state=another"],
    ["an empty state", "/callback?code=c0de&state="],
    ["another path", "/callback/?code=c0de&state=our-state"],
    ["a path that becomes ours", "/x/../callback?code=c0de&state=our-state"],
    ["an encoded path", "/%63allback?code=c0de&state=our-state"],
    ["no parameters", "/callback"],
    ["an absolute target", "http://evil.example/callback?code=c0de&state=our-state"],
    ["a target that names another host", "//evil.example/callback?code=c0de&state=our-state"],
  ])("%s is turned away, and the login goes on", async (_what, path) => {
    loopback = await openLoopback(pages);
    const answer = loopback.answer("our-state", 5000);
    const { status, body } = await send(loopback, path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).not.toContain("c0de");
    expect(await came(answer)).toBe(false);
    await send(loopback, "/callback?code=real&state=our-state");
    expect((await answer).get("code")).toBe("real");
  });

  test("another method, and another host (DNS rebinding), are turned away", async () => {
    loopback = await openLoopback(pages);
    const answer = loopback.answer("our-state", 5000);
    const path = "/callback?code=c0de&state=our-state";
    for (const method of ["POST", "HEAD", "PUT", "OPTIONS"])
      expect((await send(loopback, path, { method })).status).toBe(400);
    for (const host of ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1"])
      expect((await send(loopback, path, { host })).status).toBe(400);
    expect(await came(answer)).toBe(false);
    await send(loopback, path);
    await answer;
  });

  test("an answer counts once: replayed, it is nobody's", async () => {
    loopback = await openLoopback(pages);
    const answer = loopback.answer("our-state", 5000);
    const path = "/callback?code=c0de&state=our-state";
    expect((await send(loopback, path)).status).toBe(200);
    expect((await send(loopback, path)).status).toBe(400);
    expect((await answer).get("code")).toBe("c0de");
  });

  test("open redirect: nobody is sent anywhere, and no page shows or keeps anything of what came", async () => {
    loopback = await openLoopback(pages);
    void loopback.answer("our-state", 5000);
    const marks = "redirect_uri=https://evil.example&next=//evil.example&error=<script>alert(1)</script>";
    for (const path of [
      `/callback?${marks}&state=x&code=c0de`,
      `/?${marks}`,
      `/callback?state=our-state&code=c0de&${marks}`,
    ]) {
      const { status, headers, body } = await send(loopback, path);
      expect([200, 400, 404]).toContain(status);
      expect(headers).not.toHaveProperty("location");
      expect(headers).not.toHaveProperty("refresh");
      expect(body).not.toMatch(/evil|script|c0de|our-state/);
      expect(headers).toMatchObject({
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "content-security-policy": expect.stringContaining("default-src 'none'") as string,
      });
    }
    expect((await send(loopback, "/callback?state=x")).body).toContain("foreign");
  });

  test("nobody comes: it is over in time", async () => {
    loopback = await openLoopback(pages);
    await expect(loopback.answer("our-state", 20)).rejects.toMatchObject({ code: "late" });
  });
});
