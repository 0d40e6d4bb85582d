/** Requests, approvers and keys to test with. */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Approver } from "../../src/approval/approver.ts";
import { actionDigest, requestCode } from "../../src/approval/action.ts";
import type { LockedCall } from "../../src/approval/edit.ts";
import { exactArguments, type PassBody } from "../../src/approval/pass.ts";
import type { Request } from "../../src/approval/request.ts";
import { buildView, viewDigest, type ViewFacts } from "../../src/approval/show.ts";
import { keyText } from "../../src/approval/signature.ts";
import { signStatement, statementBody, type AnswerWord, type Question } from "../../src/approval/statement.ts";
import type { Obligation } from "../../src/policy/call.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import type { Preview } from "../../src/policy/manifest.ts";

export const T0 = 1_795_000_000_000;

export interface Person {
  readonly approver: Approver & { readonly key: string };
  readonly key: KeyObject;
}

export function person(name: string, ...groups: readonly string[]): Person {
  const { privateKey } = generateKeyPairSync("ed25519");
  return { approver: { name, key: keyText(privateKey), groups }, key: privateKey };
}

/** Of a pass that lets two calls through. */
export const samplePass = (more: Partial<PassBody> = {}): PassBody => ({
  v: 1,
  pass: "p1",
  config: "/etc/kidoban.yaml",
  agent: "worker",
  server: "files",
  endpoint: "npx files",
  kind: "tool",
  name: "write_file",
  definition: "00".repeat(32),
  arguments: exactArguments(ARGS),
  issuedAt: T0,
  from: T0,
  until: T0 + 100,
  count: 2,
  reason: "nightly",
  ...more,
});

export const obligation = (more: Partial<Obligation> = {}): Obligation => ({
  rule: "approvals",
  from: [],
  need: 1,
  assurance: "operator",
  expiresMs: 900_000,
  redeemMs: 300_000,
  ...more,
});

/** A tool with texts for arguments, as its lock has it. */
export const lockedAs = (preview: Preview, sql: LockedCall["sql"] = new Map()): LockedCall => ({
  item: {
    kind: "tool",
    name: "write_file",
    access: "write",
    destructive: false,
    volatile: [],
    preview,
    definition: {
      inputSchema: {
        type: "object",
        properties: { path: { type: "string" }, content: { type: "string" } },
        required: ["path", "content"],
      },
    },
    place: { file: "kidoban.lock/files.yaml", line: 1, column: 1 },
  },
  sql,
});

export const ARGS: JsonObject = { path: "docs/a.md", content: "hello\n" };

export const facts = (more: Partial<ViewFacts> = {}): ViewFacts => ({
  agent: "docs-writer",
  server: "files",
  endpoint: "npx -y server-filesystem ./workspace",
  kind: "tool",
  name: "write_file",
  access: "write",
  destructive: true,
  rules: ["approvals"],
  args: ARGS,
  ...more,
});

let count = 0;

/** A pending request, each with its own id and nonce. */
export function sampleRequest(more: Partial<Request> = {}, args: JsonObject = ARGS): Request {
  const number = (++count).toString(16).padStart(8, "0");
  const view = buildView(facts({ args, ...(more.agent === undefined ? {} : { agent: more.agent }) }));
  const agent = more.agent ?? "docs-writer";
  const action = actionDigest({
    v: 1,
    agent,
    server: "files",
    endpoint: view.endpoint,
    kind: "tool",
    name: "write_file",
    definition: "00".repeat(32),
    arguments: args,
  });
  const nonce = number.repeat(4);
  return {
    id: `req${number}`,
    code: requestCode(action, nonce),
    call: `call${number}`,
    agent,
    server: "files",
    kind: "tool",
    name: "write_file",
    access: "write",
    destructive: true,
    argsText: JSON.stringify(args),
    action,
    definition: "00".repeat(32),
    nonce,
    shown: viewDigest(view),
    view,
    rules: ["approvals"],
    obligations: [obligation()],
    state: "pending",
    openedAt: T0,
    expiresAt: T0 + 900_000,
    attended: true,
    ...more,
  };
}

export const says = (who: Person, question: Question, answer: AnswerWord, at = T0 + 1000, comment?: string) =>
  signStatement(
    statementBody(question, answer, who.approver.name, at, comment === undefined ? {} : { comment }),
    who.key,
  );

/** Of a tool that destroys nothing. */
export function mildRequest(more: Partial<Request>, args: JsonObject): Request {
  const request = sampleRequest(more, args);
  const view = { ...request.view, destructive: false };
  return { ...request, destructive: false, view, shown: viewDigest(view) };
}
