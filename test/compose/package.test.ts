import { describe, expect, test } from "vitest";
import { packageOf } from "../../src/compose/package.ts";

const of = (line: string) => {
  const [command = "", ...args] = line.split(" ");
  return packageOf(command, args);
};
const SHA = "a".repeat(40);
const DIGEST = `sha256:${"b".repeat(64)}`;

describe("packageOf", () => {
  test.each([
    ["npx -y @scope/server@1.2.3 ./x", "npm:@scope/server"],
    ["npx server@1.2.3-rc.1+build.5", "npm:server"],
    ["/usr/local/bin/npx --package=server@1.0.0 other-bin", "npm:server"],
    ["npx -p server@1.0.0 other-bin", "npm:server"],
    ["npx.cmd server@1.0.0", "npm:server"],
    ["cmd /c npx -y server@1.0.0", "npm:server"],
    ["env TOKEN=x npx server@1.0.0", "npm:server"],
    ["npm exec server@1.0.0", "npm:server"],
    ["pnpm dlx server@1.0.0", "npm:server"],
    ["bun x server@1.0.0", "npm:server"],
    [`npx github:me/server#${SHA}`, "git:github:me/server"],
    [`npx git+https://example.com/me/server.git#${SHA}`, "git:git+https://example.com/me/server.git"],
    ["deno run -A npm:@scope/server@1.2.3", "npm:@scope/server"],
    ["uvx server==1.2.3", "pypi:server"],
    ["uvx server@1.2", "pypi:server"],
    ["uvx --from server[x]==1.2.3 other", "pypi:server"],
    ["uv tool run server==1.2.3", "pypi:server"],
    ["pipx run --spec server==1.2.3 other", "pypi:server"],
    [`uvx --from git+https://example.com/me/server@${SHA} server`, "git:git+https://example.com/me/server"],
    [`docker run -i --rm -e TOKEN --name gate image/server@${DIGEST} --flag`, "image:image/server"],
    [`podman run --network=none -v /a:/b registry:5000/server:1.2@${DIGEST}`, "image:registry:5000/server"],
  ])("%s is always the same", (line, name) => {
    expect(of(line)).toMatchObject({ name, pinned: true });
  });

  test.each([
    ["npx -y @scope/server", "npm:@scope/server"],
    ["npx server@latest", "npm:server"],
    ["npx server@^1.2.3", "npm:server"],
    ["npx server@1", "npm:server"],
    ["npx server@1.2.x", "npm:server"],
    ["npx me/server", "git:me/server"],
    ["npx me/server#main", "git:me/server"],
    ["npx git+https://example.com/me/server.git", "git:git+https://example.com/me/server.git"],
    ["npx https://example.com/server.tgz", "git:https://example.com/server.tgz"],
    [`npx me/server#${"a".repeat(7)}`, "git:me/server"],
    ["uvx server", "pypi:server"],
    ["uvx server@latest", "pypi:server"],
    ["uvx server>=1.2", "pypi:server"],
    ["uvx --from git+https://example.com/me/server server", "git:git+https://example.com/me/server"],
    ["deno run -A npm:server", "npm:server"],
    ["deno run https://example.com/mod.ts", "https://example.com/mod.ts"],
    ["docker run -i --rm image/server", "image:image/server"],
    ["docker run -i --rm -e TOKEN image/server:1.2.3", "image:image/server"],
    [`docker run -i image/server@sha256:${"b".repeat(8)}`, "image:image/server"],
  ])("%s may be another one tomorrow", (line, name) => {
    expect(of(line)).toMatchObject({ name, pinned: false });
  });

  test.each([
    "node ./server.js",
    "npx ./server",
    "npx file:../server",
    "python -m server",
    "npm start",
    "uv run server.py",
    "docker ps",
    "npx",
    "docker run",
    "env",
  ])("%s fetches nothing", (line) => {
    expect(of(line)).toBeUndefined();
  });
});
