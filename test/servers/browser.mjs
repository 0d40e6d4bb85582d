// A human with a browser who agrees to everything: `node browser.mjs PROGRAM ARGS…` runs a Node program that prints an
// address to log in at, goes there and follows every redirect. Prints what the program printed; ends as it ended.
import { spawn } from "node:child_process";

const child = spawn(process.execPath, process.argv.slice(2), { stdio: ["ignore", "pipe", "inherit"] });
let said = "";
let isThere = false;
child.stdout.on("data", (bytes) => {
  process.stdout.write(bytes);
  said += bytes;
  const address = /^ {2}(https?:\S+)\n/m.exec(said)?.[1];
  if (address === undefined || isThere) return;
  isThere = true;
  void browse(address);
});
child.on("exit", (code) => process.exit(code ?? 1));

async function browse(start) {
  const cookies = new Map();
  for (let url = start; url !== undefined;) {
    const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
    const response = await fetch(url, { redirect: "manual", headers });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const next = response.headers.get("location");
    url = next === null ? undefined : new URL(next, url).href;
  }
}
