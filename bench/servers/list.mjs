// A server with many tools over stdio, without an SDK. argv: the id of one of the ten, or `all`; `kept` to keep the list
// as text instead of writing it out each time.
import { lineSplitter } from "../lib/lines.mjs";
import { answer, fleetShown, fleetTools } from "./office.mjs";

const [id, kept] = process.argv.slice(2);
const tools = id === "all" ? fleetShown() : fleetTools(id);
const text = kept === "kept" ? JSON.stringify({ tools }) : undefined;

function write(message) {
  const reply = answer(tools, message);
  if (!reply) return;
  const whole =
    text !== undefined && message.method === "tools/list"
      ? `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${text}}`
      : JSON.stringify(reply);
  process.stdout.write(whole + "\n");
}

process.stdin.on(
  "data",
  lineSplitter((line) => write(JSON.parse(line))),
);
process.stdin.on("end", () => process.exit(0));
