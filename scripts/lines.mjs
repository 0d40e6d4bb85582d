/** Lines as MCP over stdio has them, ended by "\n" alone: Node 24's own readline ends them at U+2028 and U+2029 as well. */

export function eachLine(stream, take) {
  let rest = "";
  stream.setEncoding("utf8").on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) take(line);
  });
}
