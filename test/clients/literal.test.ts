import { describe, expect, it } from "vitest";
import { hasSecretInUrl, isSecret, isSecretName, secretArgument } from "../../src/clients/literal.ts";

describe("which variables hold a secret", () => {
  it.each([
    ["GITHUB_PERSONAL_ACCESS_TOKEN", "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"],
    ["OPENAI_API_KEY", "sk-proj-abc123def456ghi789"],
    ["apiKey", "plain-words-only"],
    ["X-Api-Key", "nk-0a1b2c3d4e5f"],
    ["DB_PASSWORD", "correct horse"],
    ["Authorization", "Bearer abcdef123456"],
    ["Cookie", "session=abcdef"],
    ["MYSECRET", "hunter2!"],
    ["DATABASE_URL", "postgres://app:hunter2@db.example.com/app"],
    ["SETTINGS", '{"auth":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijk"}'],
    ["WHATEVER", "Zk3mQ9xT1vB7nL5pR2sW8yC4"],
    ["WHATEVER", "9f86d081884c7d659a2feaa0c55ad015"],
    ["CERT", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"],
  ])("%s=%s does", (name, value) => expect(isSecret(name, value)).toBe(true));

  it.each([
    ["LOG_LEVEL", "info"],
    ["MAX_TOKENS", "400000"],
    ["TOKEN_FILE", "/run/secrets/token"],
    ["GOOGLE_APPLICATION_CREDENTIALS", "/home/aiko/key.json"],
    ["SSH_AUTH_SOCK", "/tmp/agent.sock"],
    ["AUTH_MODE", "oauth-device"],
    ["KEY", "true"],
    ["NODE_OPTIONS", "--max-old-space-size=4096"],
    ["ALLOWED_DIR", "/home/aiko/Documents/2026/Quarterly-Report-Final"],
    ["PACKAGE", "@modelcontextprotocol/server-filesystem@2026.8.31"],
    ["HOST", "https://api.example.com/v1/items"],
    ["X-Team", "docs"],
  ])("%s=%s does not", (name, value) => expect(isSecret(name, value)).toBe(false));

  it("tells names by their words, not by letters in them", () => {
    for (const name of ["KEYBOARD", "MONKEY", "PASSENGER", "COMPASS", "AUTHOR", "TOKENIZER"]) {
      expect(isSecretName(name)).toBe(false);
    }
  });

  it("answers quickly for any text", () => {
    for (const unit of ["a", "Ab1", "-", "://a:", "eyJa.", "xoxb-", "bearer "]) {
      expect(() => isSecret("x", unit.repeat(50_000))).not.toThrow();
    }
  });
});

describe("secrets where every process can read them", () => {
  it.each([
    [["--api-key", "abcdef123456"], 1],
    [["--api-key=abcdef123456"], 0],
    [["-y", "mcp-remote", "https://x.example", "--header", "Authorization: Bearer abcdef123456"], 4],
    [["run", "-e", "DB_PASSWORD=hunter2!", "image"], 2],
    [["postgres://app:hunter2@localhost/app"], 0],
    [["server", "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"], 1],
    [["--token", "--verbose"], -1],
    [["run", "-i", "--rm", "-e", "GITHUB_PERSONAL_ACCESS_TOKEN", "ghcr.io/github/github-mcp-server"], -1],
    [["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/home/aiko/docs"], -1],
    [["--key-file", "/etc/key.pem"], -1],
  ])("arguments %j: %i", (args, index) => expect(secretArgument(args)).toBe(index));

  it.each([
    ["https://user:hunter2@x.example/mcp", true],
    ["https://x.example/mcp?api_key=abcdef123", true],
    ["https://x.example/sse/Zk3mQ9xT1vB7nL5pR2sW8yC4/mcp", true],
    ["https://x.example/mcp?team=docs", false],
    ["http://127.0.0.1:3845/mcp", false],
  ])("the URL %s: %s", (url, is) => expect(hasSecretInUrl(url)).toBe(is));
});
