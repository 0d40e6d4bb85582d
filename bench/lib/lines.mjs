// Splits a byte stream into lines; stays linear for large messages that arrive in many chunks.
export function lineSplitter(onLine) {
  let parts = [];
  return (chunk) => {
    let start = 0;
    let end;
    while ((end = chunk.indexOf(10, start)) !== -1) {
      let line;
      if (parts.length) {
        parts.push(chunk.subarray(start, end));
        line = Buffer.concat(parts).toString("utf8");
        parts = [];
      } else line = chunk.toString("utf8", start, end);
      start = end + 1;
      if (line.length) onLine(line);
    }
    if (start < chunk.length) parts.push(start ? chunk.subarray(start) : chunk);
  };
}
