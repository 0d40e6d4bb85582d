/**
 * A throw-away configuration for many agents on one process: a server over stdio and one over HTTP, a manifest for each
 * agent, an issuer of JWTs for most of them and tokens of the gate's own for the others.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

const here = dirname(fileURLToPath(import.meta.url));
const KIDOBAN = join(here, "../../dist/kidoban.js");
const MIRROR = join(here, "mirror-server.mjs");
const ISSUER = "https://id.example.com";
const AUDIENCE = "https://gate.example.com/mcp";

const configuration = (url) => `kidoban: 1
servers:
  near: { command: ${JSON.stringify(process.execPath)}, args: [${JSON.stringify(MIRROR)}] }
  far: { url: ${url} }
serve:
  jwt: { issuer: ${ISSUER}, audience: ${AUDIENCE}, jwks: keys.json, agent_claim: agent, algorithms: [ES256] }
`;
const manifest = (name) =>
  `kidoban: 1\nagent: ${name}\nservers:\n  near: { access: read-only }\n  far: { access: read-only }\n`;

/** Makes it and starts both the far server and the gate. `names`: the agents. */
export async function makeCrowd(names) {
  const root = mkdtempSync(join(tmpdir(), "campaign-"));
  const config = join(root, "config");
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    LANG: "C.UTF-8",
    XDG_STATE_HOME: join(root, "state"),
    XDG_CONFIG_HOME: join(root, "approver"),
    KIDOBAN_CONFIG: join(config, "kidoban.yaml"),
  };
  const kidoban = (...args) => {
    const done = spawnSync(process.execPath, [KIDOBAN, ...args], { cwd: root, env, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`kidoban ${args.join(" ")} ended with ${done.status}\n${done.stderr}`);
    return done.stdout;
  };
  const far = spawn(process.execPath, [MIRROR, "http"], { stdio: ["ignore", "pipe", "inherit"] });
  const [url] = await once(far.stdout, "data");
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  mkdirSync(join(config, "manifests"), { recursive: true });
  writeFileSync(env.KIDOBAN_CONFIG, configuration(url.toString().trim()));
  writeFileSync(
    join(config, "keys.json"),
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" }] }),
  );
  for (const name of names) writeFileSync(join(config, "manifests", `${name}.yaml`), manifest(name));
  kidoban("pin", "--accept-hints");

  const jwt = (agent) =>
    new SignJWT({ iss: ISSUER, aud: AUDIENCE, agent, exp: Math.floor(Date.now() / 1000) + 3600 })
      .setProtectedHeader({ alg: "ES256", kid: "k1" })
      .sign(privateKey);
  const gate = spawn(process.execPath, [KIDOBAN, "serve", "--json", "--listen", "127.0.0.1:0"], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(gate, "exit");
  // Nothing stays behind where the campaign itself breaks.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  process.once("exit", () => [gate, far].forEach((child) => child.kill()));
  const [said] = await Promise.race([
    once(gate.stdout, "data"),
    ended.then(([code]) => Promise.reject(new Error(`serve ended with ${code}`))),
  ]);
  return {
    root,
    pid: gate.pid,
    url: JSON.parse(said).url,
    log: join(root, "state/kidoban/log"),
    kidoban,
    /** What the agent logs in with. */
    token: (name, isOurs) => (isOurs ? kidoban("token", "issue", name, "--yes").trim() : jwt(name)),
    /** Ends the gate as a service manager does; gives its exit code. */
    async stop() {
      gate.kill("SIGTERM");
      const [code] = await ended;
      far.kill();
      return code;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
