/** A URI is the same thing in many spellings: what is denied or withheld in one of them is not read in another. */

import { describe, expect, test } from "vitest";
import { decided, policyOf, prompt, resource, rule, template, calm, type Wanted } from "./build.ts";
import { matchesTemplate } from "../../src/policy/uri-template.ts";
import { visible } from "../../src/policy/visible.ts";

const ANY = "{+any}";
const FILE = "file:///{+path}";
const WEB = "https://{+rest}";

const read = (wanted: Partial<Wanted>, uri: string, name: string) => decided(wanted, `resource:files/${name}`, { uri });

describe("P1 a URI that a rule denies outright", () => {
  const wanted = {
    files: [template(FILE), template(WEB), template(ANY)],
    rules: [
      rule("no", "deny", { match: ["resource:files/file:///etc/passwd", "resource:files/*.env"] }),
      rule("web", "deny", { match: ["resource:files/https://internal.example/*"] }),
    ],
  };

  test.each([
    [FILE, "file:///etc/passwd#x"],
    [FILE, "file:///etc/passwd?x"],
    [FILE, "file:///etc/passwd?#"],
    [FILE, "file:///etc/passwd/"],
    [FILE, "file:///etc//passwd"],
    [FILE, "file:////etc/passwd"],
    [FILE, "file:///etc/passwd%23"],
    [FILE, "file:///etc/passwd%3Fx"],
    [FILE, "file:///etc/passwd%253Fx"],
    [FILE, "file:///a/.env#"],
    [FILE, "file:///a/.env?"],
    [ANY, "file://localhost/etc/passwd"],
    [WEB, "https://user@internal.example/a"],
    [WEB, "https://user:word@internal.example:443/a"],
    [WEB, "https://internal.example./a"],
    [WEB, "https://INTERNAL.example/a"],
  ])("is not read by %s as %s", (name, uri) => {
    expect(read(wanted, uri, name)).toMatchObject({ effect: "deny" });
  });

  test.each([
    [FILE, "file:///etc/passwords"],
    [FILE, "file:///a/env"],
    [WEB, "https://example/internal.example/a"],
  ])("leaves %s %s alone", (name, uri) => {
    expect(read(wanted, uri, name)).toMatchObject({ effect: "allow" });
  });
});

describe("P1 a locked resource that is withheld", () => {
  const files = [resource("notes://secret"), template("vault://{key}"), template("notes://{+path}"), template(ANY)];
  const wanted = { files, grants: [{ server: "files", resources: ["notes://{+path}", ANY] }] };

  test.each([
    "notes://secret",
    "notes://%73ecret",
    "notes://%2573ecret",
    "notes://SECRET",
    "notes://ｓecret",
    "notes://secret#",
    "notes://secret?x",
    "notes://secret/",
    "notes://me@secret",
    "NOTES://secret",
    "vault://x",
    "VAULT://x",
    "vault:%2F%2Fx",
  ])("is not read in another spelling: %s", (uri) => {
    const name = matchesTemplate("notes://{+path}", uri) ? "notes://{+path}" : ANY;
    expect(read(wanted, uri, name)).toMatchObject({ effect: "deny", hidden: true });
  });

  test("P10 and what only begins like it is read", () => {
    expect(read(wanted, "notes://secrets", "notes://{+path}")).toMatchObject({ effect: "allow" });
    expect(read(wanted, "notes://open", "notes://{+path}")).toMatchObject({ effect: "allow" });
  });

  test("P10 a granted one is read by its own name, whatever it is another spelling of", () => {
    const own = [resource("notes://list"), resource("notes://list?all"), resource("NOTES://list")];
    const granted = { files: own, grants: [{ server: "files", resources: ["notes://list?all", "NOTES://list"] }] };
    expect(read(granted, "notes://list?all", "notes://list?all")).toMatchObject({ effect: "allow" });
    expect(read(granted, "NOTES://list", "NOTES://list")).toMatchObject({ effect: "allow" });
  });

  test("P2 one that is a write is none of the template's reads either", () => {
    const writing = { files: [resource("notes://fire", "write"), template("notes://{+path}")] };
    expect(read(writing, "notes://f%69re#", "notes://{+path}")).toMatchObject({ effect: "ask" });
  });

  test("is not told by what completes the template that serves it", () => {
    const seen = visible(policyOf(wanted), calm).map(({ item }) => `${item.kind} ${item.name}`);
    expect(seen).not.toContain("completion notes://{+path}");
    const free = { files: [template("notes://{+path}"), prompt("review", "read", "topic")] };
    expect(visible(policyOf(free), calm).map(({ item }) => `${item.kind} ${item.name}`)).toContain(
      "completion notes://{+path}",
    );
  });
});

test.each(["file:///a%00.txt", "file:///a%00/../b"])(
  "P1 a URI that ends early for some is of no template: %s",
  (uri) => {
    expect(matchesTemplate(FILE, uri)).toBe(false);
  },
);
