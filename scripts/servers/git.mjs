/** A server for Git repositories. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { prompt, resource, tool } from "./steps.mjs";

/** Commits made at the same time by the same person have the same id. */
const WHEN = "2026-01-02T03:04:05Z";
const WHO = Object.fromEntries(
  ["AUTHOR", "COMMITTER"].flatMap((role) => [
    [`GIT_${role}_NAME`, "Aiko"],
    [`GIT_${role}_EMAIL`, "aiko@example.com"],
    [`GIT_${role}_DATE`, WHEN],
  ]),
);
const git = (workspace, home, ...args) =>
  execFileSync("git", args, {
    cwd: workspace,
    env: { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8", ...WHO },
    stdio: ["ignore", "pipe", "ignore"],
  });

export const gitServer = {
  id: "git",
  package: { name: "@cyanheads/git-mcp-server", version: "2.15.3", program: "dist/index.js" },
  start: (program) => ({
    command: process.execPath,
    args: [program],
    env: { MCP_TRANSPORT_TYPE: "stdio", ...WHO },
  }),
  prepare({ workspace, home }) {
    const at = (...args) => git(workspace, home, ...args);
    at("init", "-q", "-b", "main");
    writeFileSync(join(workspace, "gate.txt"), "closed\nat night\n");
    at("add", ".");
    at("commit", "-q", "-m", "The gate is closed\n\n夜は閉める");
    writeFileSync(join(workspace, "gate.txt"), "open\nat night\n");
    at("commit", "-q", "-am", "It is opened");
    at("tag", "-a", "v1", "-m", "First");
    at("branch", "other", "HEAD~1");
    writeFileSync(join(workspace, "gate.txt"), "open\nby day\n");
    writeFileSync(join(workspace, "new.txt"), "new\n");
  },
  left: ({ workspace, home }) =>
    [
      ["log", "--all", "--format=fuller", "-p"],
      ["status", "--porcelain"],
      ["tag", "-n"],
      ["stash", "list", "--format=%gs"],
    ].map((args) => git(workspace, home, ...args).toString()),
  steps({ workspace }) {
    const path = workspace;
    return [
      tool("git_status", { path: "." }),
      tool("git_set_working_dir", { path }),
      resource("git://working-directory"),
      tool("git_status", { path }),
      tool("git_log", { path, maxCount: 5, stat: true }),
      tool("git_show", { path, object: "HEAD" }),
      tool("git_show", { path, object: "absent" }),
      tool("git_diff", { path }),
      tool("git_diff", { path, source: "other", target: "main", nameOnly: true }),
      tool("git_branch", { path, mode: "list" }),
      tool("git_tag", { path, mode: "list" }),
      tool("git_reflog", { path }),
      tool("git_remote", { path, mode: "list" }),
      tool("git_changelog_analyze", { path, reviewTypes: ["features"], maxCommits: 5 }),
      tool("git_wrapup_instructions", { acknowledgement: "Y" }),
      prompt("git_wrapup", { createTag: "false" }),
      tool("git_add", { path, paths: ["gate.txt", "new.txt"] }),
      tool("git_commit", { path, message: "feat: 夜も開ける" }),
      tool("git_blame", { path, filePath: "gate.txt" }),
      tool("git_branch", { path, mode: "create", branchName: "third" }),
      tool("git_checkout", { path, target: "third" }),
      tool("git_merge", { path, branch: "other" }),
      tool("git_tag", { path, mode: "create", tagName: "v2", annotated: true, message: "Second" }),
      tool("git_reset", { path: "/", mode: "soft" }),
      tool("git_log", { path, maxCount: 3, oneline: true }),
      tool("git_clear_working_dir", { confirm: "Y" }),
      tool("git_status", { path: "." }),
    ];
  },
};
