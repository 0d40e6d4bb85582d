/** Cases of several files in one text: `-- name --` lines, each followed by that file (golang.org/x/tools/txtar). */

export function parseTxtar(text: string): Map<string, string> {
  const files = new Map<string, string>();
  const parts = text.split(/^-- (.+) --\n/m);
  for (let index = 1; index < parts.length; index += 2) files.set(parts[index] ?? "", parts[index + 1] ?? "");
  return files;
}
