/** `notify:` of kidoban.yaml: where people are told that something waits for them. Secrets by name; nothing is reached. */

import { createHash } from "node:crypto";
import * as z from "zod";
import type { Json } from "../policy/json.ts";
import type { ConfiguredChannel, ConfiguredTarget } from "./channel.ts";
import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import { id, items, say, strict, text, valid } from "./shape.ts";
import { readTemplates, secretsIn, templateParts } from "./template.ts";
import type { Path } from "./yaml-place.ts";

/** Plain addresses (RFC 5321 dot-string), so that nothing in one can end a header or a command. */
const ADDRESS =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const address = z.string().max(254, say("bad-mail-address")).regex(ADDRESS, say("bad-mail-address"));

const channelSchema = strict({
  webhook: text.optional().meta({ description: "An https URL that takes signed messages (Standard Webhooks)." }),
  secret: text.optional().meta({ description: "${secret:NAME}; what messages to a webhook are signed with." }),
  slack: text.optional().meta({ description: "${secret:NAME}: the URL of an incoming webhook of Slack." }),
  teams: text.optional().meta({ description: "${secret:NAME}: the URL of a workflow of Microsoft Teams." }),
  smtp: text.optional().meta({ description: "smtps://HOST (TLS) or smtp://HOST (STARTTLS), with :PORT if need be." }),
  user: text.optional().meta({ description: "Of the mail server." }),
  password: text.optional().meta({ description: "${secret:NAME}" }),
  from: address.optional(),
  to: z.array(address).min(1, say("empty-list")).max(50, say("out-of-range")).optional(),
  name: id.optional().meta({ description: "What the log calls it; its kind when left out." }),
  for: z
    .array(id)
    .min(1, say("empty-list"))
    .optional()
    .meta({ description: "Only what members of these groups may answer; stops and broken glass always." }),
  lang: z.enum(["en", "ja"]).optional(),
  private: z.boolean().optional().meta({
    description:
      "Its host may lie in a private network. An address written as such in a webhook or smtp needs no leave.",
  }),
});
type Written = z.infer<typeof channelSchema>;

export const notifySchema = z
  .array(channelSchema)
  .max(20, say("out-of-range"))
  .meta({ description: "Who is told that a request waits; never its arguments." });

const KINDS = ["webhook", "slack", "teams", "smtp"] as const;
const OWN: Readonly<Record<(typeof KINDS)[number], readonly (keyof Written)[]>> = {
  webhook: ["secret"],
  slack: [],
  teams: [],
  smtp: ["user", "password", "from", "to"],
};

const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** Those that are right; a channel of several mail addresses is one for each. */
export function readNotify(reading: Reading, raw: Json | undefined): readonly ConfiguredChannel[] {
  const { yaml, problems, references } = reading;
  const channels: ConfiguredChannel[] = [];
  const names = new Set<string>();
  for (const [index, item] of items(raw).entries()) {
    const path: Path = ["notify", index];
    const written = valid(channelSchema, item);
    if (written === undefined) continue;
    const targets = readTargets(reading, path, written);
    const [first] = targets;
    if (first === undefined) continue;
    written.for?.forEach((name, at) => references.push({ to: "group", name, place: yaml.place([...path, "for", at]) }));
    const name = written.name ?? first.kind;
    if (names.has(name)) problems.push(problem("duplicate-channel", { name }, yaml.place(path)));
    names.add(name);
    for (const target of targets) {
      const facts = {
        name: target.kind === "smtp" && targets.length > 1 ? `${name} ${target.to}` : name,
        groups: (written.for ?? []).toSorted(),
        language: written.lang ?? ("en" as const),
        private: written.private ?? false,
        target,
      };
      channels.push({ id: digest(facts), ...facts, place: yaml.place(path) });
    }
  }
  return channels;
}

function readTargets(reading: Reading, path: Path, written: Written): readonly ConfiguredTarget[] {
  const { yaml, problems } = reading;
  const [kind, ...others] = KINDS.filter((each) => written[each] !== undefined);
  if (kind === undefined || others.length > 0) {
    problems.push(problem("channel-kind", {}, yaml.place(path)));
    return [];
  }
  for (const each of KINDS) {
    if (each === kind) continue;
    for (const key of OWN[each])
      if (written[key] !== undefined)
        problems.push(problem("key-of-other-channel", { key, needs: each }, yaml.place([...path, key], "key")));
  }
  const reference = (key: "secret" | "slack" | "teams" | "password"): string | undefined =>
    readReference(reading, [...path, key], written[key]);
  switch (kind) {
    case "webhook": {
      const url = readWebhook(reading, [...path, "webhook"], written.webhook ?? "");
      const secret = needed(reading, path, "secret", written.secret) && reference("secret");
      return url === undefined || secret === undefined || secret === false ? [] : [{ kind, url, secret }];
    }
    case "slack":
    case "teams": {
      const url = reference(kind);
      return url === undefined ? [] : [{ kind, url }];
    }
    case "smtp":
      return readSmtp(reading, path, written, reference("password"));
  }
}

function needed({ yaml, problems }: Reading, path: Path, key: string, value: unknown): boolean {
  if (value === undefined) problems.push(problem("missing-key", { key }, yaml.place(path)));
  return value !== undefined;
}

/** `${secret:NAME}` and nothing else: what it stands for must not be written here. */
function readReference(reading: Reading, path: Path, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const [part, ...more] = templateParts(value);
  readTemplates(reading, path.slice(0, -1), { [String(path.at(-1))]: value });
  if (part?.kind === "secret" && more.length === 0) return value;
  reading.problems.push(problem("oauth-secret", {}, reading.yaml.place(path)));
  return undefined;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Without a secret or a password in it. */
export function readUrl({ yaml, problems }: Reading, path: Path, written: string): URL | undefined {
  const refuse = (code: "bad-url" | "url-password" | "secret-in-url"): undefined => {
    problems.push(problem(code, {}, yaml.place(path)));
    return undefined;
  };
  if (secretsIn(written).length > 0 || written.includes("${")) return refuse("secret-in-url");
  if (!URL.canParse(written)) return refuse("bad-url");
  const url = new URL(written);
  return url.username !== "" || url.password !== "" ? refuse("url-password") : url;
}

function readWebhook(reading: Reading, path: Path, written: string): string | undefined {
  const url = readUrl(reading, path, written);
  if (url === undefined) return undefined;
  const refuse = (code: "bad-url" | "url-not-https"): undefined => {
    reading.problems.push(problem(code, {}, reading.yaml.place(path)));
    return undefined;
  };
  if (!/^https?:$/.test(url.protocol)) return refuse("bad-url");
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname)) return refuse("url-not-https");
  return url.href;
}

const MAIL_HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-f:.]+\])$/;

function readSmtp(
  reading: Reading,
  path: Path,
  { smtp = "", user, password: written, from, to }: Written,
  password: string | undefined,
): readonly ConfiguredTarget[] {
  const { yaml, problems } = reading;
  const url = readUrl(reading, [...path, "smtp"], smtp);
  const isThere = ["from", "to"].map((key) => needed(reading, path, key, key === "from" ? from : to));
  if (user !== undefined) readTemplates(reading, path, { user });
  const isHalf = (user === undefined) !== (written === undefined);
  if (isHalf) problems.push(problem("mail-login", {}, yaml.place(path)));
  if (url === undefined) return [];
  const isRight =
    /^smtps?:$/.test(url.protocol) &&
    MAIL_HOST.test(url.hostname) &&
    /^\/?$/.test(url.pathname + url.search + url.hash);
  if (!isRight) problems.push(problem("bad-smtp", {}, yaml.place([...path, "smtp"])));
  if (!isRight || isHalf || isThere.includes(false) || (written !== undefined && password === undefined)) return [];
  const tls = url.protocol === "smtps:";
  const port = url.port === "" ? (tls ? 465 : 587) : Number(url.port);
  return (to ?? []).map((one) => ({
    kind: "smtp",
    host: url.hostname.replaceAll(/^\[|\]$/g, "").toLowerCase(),
    port,
    tls,
    ...(user === undefined || password === undefined ? {} : { login: { user, password } }),
    from: from ?? "",
    to: one,
  }));
}
