/** Mail over a real SMTP server, with certificates that only the sending process trusts. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Notice } from "../../src/approval/notice.ts";
import type { Channel, Delivery, Target } from "../../src/notify/channel.ts";
import { selfSigned } from "./certificate.ts";
import type { Told } from "../told.ts";
import { startSender } from "./senders.ts";
import { about, opened, T0 } from "./sample.ts";

type Smtp = Extract<Target, { readonly kind: "smtp" }>;

interface Mail {
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

const { key, cert } = selfSigned();
let folder: string;
let trusting: Told;
let trustless: Told;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kidoban-mail-"));
  writeFileSync(join(folder, "ca.pem"), cert);
  [trusting, trustless] = await Promise.all([startSender(join(folder, "ca.pem")), startSender()]);
});
afterAll(async () => {
  for (const one of [trusting, trustless]) {
    one.kill("SIGKILL");
    await one.ended();
  }
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const LOGIN = { user: "kidoban", password: "mail-password-0123" };

async function mailServer(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const logins: string[] = [];
  const server = new SMTPServer({
    key,
    cert,
    authOptional: true,
    logger: false,
    onAuth({ username = "", password = "" }, _session, done) {
      logins.push(username);
      if (username === LOGIN.user && password === LOGIN.password) done(null, { user: username });
      else done(new Error("no"));
    },
    onData(stream, session, done) {
      let text = "";
      stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          secure: session.secure,
          user: typeof session.user === "string" ? session.user : undefined,
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text,
        });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  return { mails, logins, port: (server.server.address() as AddressInfo).port };
}

interface Sending {
  readonly by?: Told;
  readonly reach?: Channel["reach"];
  readonly notice?: Notice;
  readonly language?: Channel["language"];
}

const send = async (
  target: Partial<Smtp> & Pick<Smtp, "port">,
  { by = trusting, reach = "loopback", notice = opened(), language = "en" }: Sending = {},
): Promise<Delivery> =>
  (await by.call("deliver", {
    channel: { id: "c", name: "c", language, reach },
    target: {
      kind: "smtp",
      host: "localhost",
      tls: false,
      from: "kidoban@example.com",
      to: "ops@example.com",
      ...target,
    },
    envelope: { id: "msg_0123", event: "e", at: T0 },
    notice,
    consoleUrl: "https://kidoban.example.com",
  })) as Delivery;

/** A header's value, unfolded. */
const header = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*(?:\r\n[ \t].*)*)`, "im")
    .exec(text.split("\r\n\r\n")[0] ?? "")?.[1]
    ?.replaceAll(/\r\n[ \t]/g, " ");

const bodyOf = (text: string): string => {
  const body = text.slice(text.indexOf("\r\n\r\n") + 4);
  switch (header(text, "Content-Transfer-Encoding")) {
    case "base64":
      return Buffer.from(body, "base64").toString();
    case "quoted-printable":
      return Buffer.from(
        body
          .replaceAll("=\r\n", "")
          .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
        "latin1",
      ).toString();
    default:
      return body;
  }
};

const HEADERS = [
  "auto-submitted",
  "content-transfer-encoding",
  "content-type",
  "date",
  "from",
  "message-id",
  "mime-version",
  "subject",
  "to",
];

describe("a mail", () => {
  test("is plain text in one part, to one person, with the same id each time", async () => {
    const { mails, port } = await mailServer();
    for (const _ of [1, 2]) expect(await send({ port })).toEqual({ kind: "taken" });
    const [mail, again] = mails;
    expect(mail).toMatchObject({ secure: true, from: "kidoban@example.com", to: ["ops@example.com"] });
    const text = mail?.text ?? "";
    expect(header(text, "Content-Type")).toBe("text/plain; charset=utf-8");
    expect(header(text, "Subject")).toBe("Approval needed: K7Q-2FD");
    expect(header(text, "From")).toBe("Kidoban <kidoban@example.com>");
    expect(header(text, "Message-ID")).toBe("<msg_0123@example.com>");
    expect(header(again?.text ?? "", "Message-ID")).toBe("<msg_0123@example.com>");
    expect(header(text, "Auto-Submitted")).toBe("auto-generated");
    expect(bodyOf(text)).toContain("Asks for: files/write_file");
    expect(bodyOf(text)).toContain("https://kidoban.example.com/requests/0123456789abcdef");
  });

  test("reads in Japanese", async () => {
    const { mails, port } = await mailServer();
    expect(await send({ port }, { language: "ja" })).toEqual({ kind: "taken" });
    const text = mails[0]?.text ?? "";
    expect(bodyOf(text)).toContain("エージェント: docs-writer");
    expect(header(text, "Subject")).toMatch(/^=\?UTF-8\?[BQ]\?/);
  });

  test.each([
    "x\r\nBcc: all@example.com",
    "x\n.\nQUIT",
    "x\u2028Bcc: y",
    "=?UTF-8?Q?=0D=0ABcc=3A_a@b?=",
    "x\r\n\r\n<html>",
  ])("has no header, recipient or line by a name of an agent's or a server's making: %j", async (evil) => {
    const { mails, port } = await mailServer();
    const notice = opened({ agent: evil, server: evil, name: evil, code: evil, rules: [evil], groups: [evil] });
    expect(await send({ port }, { notice })).toEqual({ kind: "taken" });
    expect(mails).toHaveLength(1);
    const { text, to } = mails[0] ?? { text: "", to: [] };
    expect(to).toEqual(["ops@example.com"]);
    const names = [...(text.split("\r\n\r\n")[0] ?? "").matchAll(/^([\w-]+):/gm)].map(([, name]) =>
      name?.toLowerCase(),
    );
    expect(new Set(names)).toEqual(new Set(HEADERS));
    expect(names).toHaveLength(HEADERS.length);
    expect(bodyOf(text).split(/\r?\n/)).toHaveLength(12);
  });
});

describe("encryption", () => {
  test("TLS from the first byte", async () => {
    const { mails, port } = await mailServer({ secure: true });
    expect(await send({ port, tls: true })).toEqual({ kind: "taken" });
    expect(mails).toMatchObject([{ secure: true }]);
  });

  test.each([true, false])("a certificate that nobody vouches for is none (TLS from the start: %s)", async (tls) => {
    const { mails, logins, port } = await mailServer({ secure: tls });
    expect(await send({ port, tls, login: LOGIN }, { by: trustless })).toEqual({
      kind: "again",
      problem: "certificate",
    });
    expect(mails).toEqual([]);
    expect(logins).toEqual([]);
  });

  test("a certificate of another name is none", async () => {
    const { mails, port } = await mailServer({ secure: true });
    expect(await send({ port, tls: true, host: "other.example.com" })).toEqual({
      kind: "again",
      problem: "certificate",
    });
    expect(mails).toEqual([]);
  });

  test("a server elsewhere that offers no STARTTLS is sent neither mail nor password", async () => {
    const { mails, logins, port } = await mailServer({ hideSTARTTLS: true, disabledCommands: ["STARTTLS"] });
    const elsewhere = { port, host: "mail.example.com", login: LOGIN };
    expect(await send(elsewhere)).toEqual({ kind: "again", problem: "not-encrypted" });
    expect(mails).toEqual([]);
    expect(logins).toEqual([]);
    // One that does is, under the name that its certificate is checked for.
    const good = await mailServer();
    expect(await send({ ...elsewhere, port: good.port })).toEqual({ kind: "taken" });
    expect(good.mails).toMatchObject([{ secure: true, user: LOGIN.user }]);
  });

  test("only this machine's own may be plain", async () => {
    const { mails, port } = await mailServer({ hideSTARTTLS: true, disabledCommands: ["STARTTLS", "AUTH"] });
    expect(await send({ port })).toEqual({ kind: "taken" });
    expect(mails).toMatchObject([{ secure: false }]);
  });

  test("SSRF: a name that leads in here is not followed unless the configuration says so", async () => {
    const { mails, port } = await mailServer();
    expect(await send({ port, host: "mail.example.com" }, { reach: "public" })).toEqual({
      kind: "again",
      problem: "private-address",
    });
    expect(mails).toEqual([]);
  });
});

const refusing = (code: number): SMTPServerOptions => ({
  onRcptTo: (_address, _session, done) =>
    done(Object.assign(new Error("<ops@example.com> no"), { responseCode: code })),
});

describe("what the server says", () => {
  test("a login that is right, and one that is wrong: that is tried again, since a person can put it right", async () => {
    const { mails, port } = await mailServer({ authOptional: false });
    expect(await send({ port, login: LOGIN })).toEqual({ kind: "taken" });
    expect(mails).toMatchObject([{ user: LOGIN.user, secure: true }]);
    const wrong = { ...LOGIN, password: "wrong-password-0123" };
    const refused = await send({ port, login: wrong });
    expect(refused).toEqual({ kind: "again", problem: "login" });
  });

  test("a recipient refused for good is not tried again", async () => {
    const { port } = await mailServer(refusing(550));
    expect(await send({ port })).toEqual({ kind: "refused", problem: "SMTP 550" });
  });

  test("a recipient refused for now is, and then taken", async () => {
    let asked = 0;
    const { mails, port } = await mailServer({
      onRcptTo(_address, _session, done) {
        asked += 1;
        if (asked === 1) done(Object.assign(new Error("greylisted"), { responseCode: 451 }));
        else done();
      },
    });
    expect(await send({ port })).toEqual({ kind: "again", problem: "SMTP 451" });
    expect(await send({ port })).toEqual({ kind: "taken" });
    expect(mails).toHaveLength(1);
  });

  test("nothing of its words is kept, which may repeat what was sent to it", async () => {
    const { port } = await mailServer({
      onMailFrom: (_address, _session, done) =>
        done(Object.assign(new Error("the password was mail-password-0123"), { responseCode: 421 })),
    });
    expect(await send({ port, login: LOGIN })).toEqual({ kind: "again", problem: "SMTP 421" });
  });

  test("a server that is not there, or says nothing", async () => {
    expect(await send({ port: 1 })).toEqual({ kind: "again", problem: "ECONNREFUSED" });
    const { createServer } = await import("node:net");
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    closing.push(async () => void silent.close());
    expect(await send({ port: (silent.address() as AddressInfo).port })).toEqual({ kind: "again", problem: "timeout" });
  });

  test("glass that was broken is news of its own", async () => {
    const { mails, port } = await mailServer();
    await send({ port }, { notice: { kind: "glass.broken", about: about(), by: "aiko" } });
    expect(header(mails[0]?.text ?? "", "Subject")).toContain("GLASS BROKEN");
  });
});
