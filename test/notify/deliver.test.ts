import { createHmac } from "node:crypto";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Channel, Delivery, Target } from "../../src/notify/channel.ts";
import { deliver } from "../../src/notify/deliver.ts";
import type { Network } from "../../src/notify/network.ts";
import { signedHeaders, signingKey } from "../../src/notify/webhook.ts";
import { collectGarbage } from "../garbage.ts";
import { HASTY_MS, listen, NETWORK, opened, T0, type Received } from "./sample.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const listener = async (answer: Parameters<typeof listen>[0]): Promise<string> => {
  const { url, close } = await listen(answer);
  closing.push(close);
  return url;
};
const channel = (more: Partial<Channel> = {}): Channel => ({
  id: "c",
  name: "c",
  language: "en",
  reach: "loopback",
  ...more,
});
interface Sending {
  readonly network?: Network;
  readonly reach?: Channel["reach"];
  readonly now?: number;
  readonly signal?: AbortSignal;
}
const sent = (
  target: Target,
  { network = NETWORK, reach = "loopback", now = T0, signal = new AbortController().signal }: Sending = {},
): Promise<Delivery> =>
  deliver(
    network,
    {
      channel: channel({ reach }),
      target,
      envelope: { id: "msg_1", event: "request.opened/1", at: T0 },
      notice: opened(),
      consoleUrl: "https://kidoban.example.com",
    },
    now,
    signal,
  );
const webhook = (url: string, secret = SECRET): Target => ({ kind: "webhook", url, secret });

describe("a webhook is signed as Standard Webhooks say", () => {
  test("with the known answer of the specification's reference libraries", () => {
    const key = signingKey(SECRET);
    if (key === undefined) throw new Error("no key");
    expect(signedHeaders("msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', key, 1614265330_000)).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  test("so that a receiver can check it, with the time of the attempt, the same id and the same body each time", async () => {
    const got: Received[] = [];
    const url = await listener((received, response) => {
      got.push(received);
      response.end("ok");
    });
    for (const now of [T0, T0 + 60_000]) expect(await sent(webhook(url), { now })).toEqual({ kind: "taken" });
    const key = Buffer.from(SECRET.slice(6), "base64");
    for (const { headers, body } of got) {
      const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = headers;
      const wanted = createHmac("sha256", key)
        .update(`${String(id)}.${String(at)}.${body}`)
        .digest("base64");
      expect(signature).toBe(`v1,${wanted}`);
      expect(headers["idempotency-key"]).toBe(id);
      expect(JSON.parse(body)).toMatchObject({ id, type: "request.opened", data: { code: "K7Q-2FD", need: 2 } });
    }
    const [first, second] = got;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(Number(second?.headers["webhook-timestamp"]) - Number(first?.headers["webhook-timestamp"])).toBe(60);
  });

  test("a key too short to sign with sends nothing", async () => {
    let asked = 0;
    const url = await listener((_, response) => {
      asked += 1;
      response.end();
    });
    for (const short of ["whsec_c2hvcnQ=", "hunter2hunter2"])
      expect(await sent(webhook(url, short))).toEqual({ kind: "again", problem: "secret" });
    expect(asked).toBe(0);
  });
});

describe("what becomes of an attempt", () => {
  test.each<[number, Record<string, string>, Delivery]>([
    [200, {}, { kind: "taken" }],
    [202, {}, { kind: "taken" }],
    [404, {}, { kind: "again", problem: "HTTP 404" }],
    [410, {}, { kind: "refused", problem: "HTTP 410" }],
    [429, { "retry-after": "7" }, { kind: "again", problem: "HTTP 429", afterMs: 7000 }],
    [503, { "retry-after": "Sun, 22 Nov 2026 05:00:00 GMT" }, { kind: "again", problem: "HTTP 503" }],
  ])("HTTP %i %j", async (status, headers, wanted) => {
    const url = await listener((_, response) => response.writeHead(status, headers).end());
    expect(await sent(webhook(url))).toEqual(wanted);
  });

  test("a redirect is not followed, to wherever it leads", async () => {
    let followed = 0;
    const elsewhere = await listener((_, response) => {
      followed += 1;
      response.end();
    });
    for (const status of [301, 302, 307, 308]) {
      const url = await listener((_, response) => response.writeHead(status, { location: elsewhere }).end());
      expect(await sent(webhook(url))).toEqual({ kind: "again", problem: "redirect" });
    }
    expect(followed).toBe(0);
  });

  test("a receiver that never answers is given up, whatever the garbage collector does, one that drips its answer is judged by its status", async () => {
    const silent = await listener(collectGarbage);
    const network = { ...NETWORK, answerMs: HASTY_MS };
    expect(await sent(webhook(silent), { network })).toEqual({ kind: "again", problem: "timeout" });
    const dripping = await listener((_, response) => void response.writeHead(200).write("o"));
    expect(await sent(webhook(dripping))).toEqual({ kind: "taken" });
  });

  test("an answer without end is cut off", async () => {
    const cut: (() => void)[] = [];
    const isCut = new Promise<void>((resolve) => cut.push(resolve));
    const url = await listener((_, response) => {
      response.on("close", () => cut[0]?.());
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(16_384)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    expect(await sent(webhook(url))).toEqual({ kind: "taken" });
    await isCut;
  });

  test("a connection that is reset, refused or speaks no HTTP is a failure for now", async () => {
    const resetting = await listener((_, response) => response.socket?.resetAndDestroy());
    expect(await sent(webhook(resetting))).toEqual({ kind: "again", problem: "ECONNRESET" });
    const server = createServer((socket) => socket.resume().end("220 mail.example.com ESMTP\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const port = (server.address() as AddressInfo).port;
    expect(await sent(webhook(`http://127.0.0.1:${port}/`))).toMatchObject({ kind: "again" });
    await new Promise((resolve) => server.close(resolve));
    expect(await sent(webhook("http://127.0.0.1:1/"))).toEqual({ kind: "again", problem: "ECONNREFUSED" });
  });

  test("the end of the process ends an attempt", async () => {
    const ending = new AbortController();
    const url = await listener(() => ending.abort());
    expect(await sent(webhook(url), { network: { ...NETWORK, answerMs: 60_000 }, signal: ending.signal })).toEqual({
      kind: "again",
      problem: "timeout",
    });
  });
});

/** Any name leads to this machine, as an attacker's may. */
const LEADING_HERE: Network = {
  ...NETWORK,
  lookup: (reach, local) => {
    const checked = NETWORK.lookup(reach, local);
    return (_host, options, callback) => checked("localhost", options, callback);
  },
};

describe("SSRF: a message goes where the configuration says, and no nearer", () => {
  test.each(["slack", "teams"] as const)(
    "%s: an address of a secret may not lie in here, by number or by name",
    async (kind) => {
      let asked = 0;
      const url = await listener((_, response) => {
        asked += 1;
        response.end();
      });
      const named = `https://hooks.example.com:${new URL(url).port}/x`;
      for (const bad of [
        url,
        "http://10.0.0.5/x",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "file:///etc/passwd",
      ])
        expect(await sent({ kind, url: bad }, { reach: "public" })).toEqual({ kind: "again", problem: "bad-address" });
      expect(await sent({ kind, url: named }, { reach: "public", network: LEADING_HERE })).toEqual({
        kind: "again",
        problem: "private-address",
      });
      expect(asked).toBe(0);
    },
  );

  test("what is not encrypted leaves this machine under no name", async () => {
    for (const reach of ["public", "private", "loopback"] as const)
      expect(await sent(webhook("http://hooks.example.com/x"), { reach })).toEqual({
        kind: "again",
        problem: "bad-address",
      });
  });

  test("a certificate that nobody vouches for is none", async () => {
    const { selfSigned } = await import("./certificate.ts");
    const { createServer: createTls } = await import("node:https");
    const { key, cert } = selfSigned();
    let asked = 0;
    const server = createTls({ key, cert }, (_, response) => {
      asked += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => void server.close());
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    expect(await sent(webhook(url))).toEqual({ kind: "again", problem: "certificate" });
    expect(asked).toBe(0);
  });
});

describe("Slack and Teams", () => {
  test.each(["slack", "teams"] as const)("%s is given its own format, under the same id each time", async (kind) => {
    const got: Received[] = [];
    const url = await listener((received, response) => {
      got.push(received);
      response.end("ok");
    });
    expect(await sent({ kind, url })).toEqual({ kind: "taken" });
    const body = JSON.parse(got[0]?.body ?? "") as Record<string, unknown>;
    expect(got[0]?.headers).toMatchObject({
      "idempotency-key": "msg_1",
      "content-type": "application/json; charset=utf-8",
    });
    expect(kind === "slack" ? body["blocks"] : body["attachments"]).toBeInstanceOf(Array);
  });
});
