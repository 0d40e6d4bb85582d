/** A server that drives a browser: Debian's Chromium on pages that this process serves on loopback. */
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { tool } from "./steps.mjs";

const PAGES = {
  "/": `<!doctype html><link rel="icon" href="data:,"><title>The gate</title><h1>木戸</h1>
    <form action="/opened"><label>Who? <input name="who"></label>
      <label>When? <select name="when"><option>day<option>night</select></label><button>Knock</button></form>
    <a href="/other">Elsewhere</a><script>console.log("the gate is there"); console.error("and it is closed")</script>`,
  "/opened": '<!doctype html><link rel="icon" href="data:,"><title>Opened</title><h1>Come in</h1>',
  "/other": `<!doctype html><link rel="icon" href="data:,"><title>Elsewhere</title><p id="p">Nothing here</p>
    <button onclick="p.textContent = prompt('Name?')">Ask</button>`,
};

export const playwright = {
  id: "playwright",
  package: { name: "@playwright/mcp", version: "0.0.83", program: "cli.js" },
  /** Of what has to be installed besides. */
  needs: "chromium",
  start: (program, { workspace, chromium }) => ({
    command: process.execPath,
    args: [program, "--headless", "--no-sandbox", "--isolated"].concat(
      ["--executable-path", chromium],
      ["--output-dir", workspace],
    ),
  }),
  /** Gives a URL to steps(), and what ends it; the same for both conversations. */
  async serve() {
    const http = createServer(({ url }, response) => {
      const page = PAGES[new URL(url, "http://x").pathname];
      response.writeHead(page === undefined ? 404 : 200, { "content-type": "text/html; charset=utf-8" });
      response.end(page ?? "");
    });
    await new Promise((done) => http.listen(0, "127.0.0.1", done));
    const close = () => {
      http.closeAllConnections();
      http.close();
    };
    return { url: `http://127.0.0.1:${http.address().port}`, close };
  },
  volatile: [
    {
      name: "time",
      pattern: /(?<=\/(?:page|console)-)\d{4}-\d\d-\d\dT[\d-]*Z/g,
      reason: "The files in which it keeps pages and messages are named by the time.",
    },
  ],
  /** Pages and pictures, in the order in which they were taken; its files of messages begin each line with a time. */
  left: ({ workspace }) =>
    readdirSync(workspace)
      .filter((name) => name.startsWith("page-"))
      .toSorted()
      .map((name) => readFileSync(join(workspace, name), "base64")),
  steps: ({ url }) => [
    tool("browser_navigate", { url: `${url}/` }),
    tool("browser_snapshot"),
    tool("browser_console_messages", { level: "info" }),
    tool("browser_evaluate", { function: "() => ({ title: document.title, n: [1.5, null, '木戸'] })" }),
    tool("browser_evaluate", { function: "() => { throw new Error('no') }" }),
    tool("browser_type", { element: "who", target: "input", text: "Aiko 愛子" }),
    tool("browser_select_option", { element: "when", target: "select", values: ["night"] }),
    tool("browser_resize", { width: 640, height: 480 }),
    tool("browser_take_screenshot", { type: "png", scale: "css" }),
    tool("browser_click", { element: "knock", target: "button" }),
    tool("browser_snapshot"),
    tool("browser_navigate_back"),
    tool("browser_click", { element: "absent", target: "#absent" }),
    tool("browser_network_requests", { static: true }),
    tool("browser_navigate", { url: `${url}/other` }),
    tool("browser_find", { text: "Nothing" }),
    tool("browser_click", { element: "ask", target: "button" }),
    tool("browser_handle_dialog", { accept: true, promptText: "Ben" }),
    tool("browser_snapshot"),
    tool("browser_tabs", { action: "new", url: `${url}/opened` }),
    tool("browser_tabs", { action: "list" }),
    tool("browser_navigate", { url: "file:///etc/passwd" }),
    tool("browser_close"),
  ],
};
