/** Lays text out in a terminal's width behind a margin, so that no text can pose as a heading of ours. Pure. */

/**
 * Columns a text takes at most. What is not ASCII counts as two: terminals differ on many of them, and a line broken too
 * early harms nobody, one broken by the terminal itself would begin without our margin.
 */
export const columnsOf = (text: string): number =>
  Array.from(text).reduce((sum, char) => sum + (char <= "\u007f" ? 1 : 2), 0);

/** Breaks one line (without line ends) into pieces of at most `width` columns. Nothing is left out. */
export function wrapLine(line: string, width: number): readonly string[] {
  const room = Math.max(width, 2);
  const pieces: string[] = [];
  let piece = "";
  let used = 0;
  for (const char of line) {
    const columns = char <= "\u007f" ? 1 : 2;
    if (used + columns > room) {
      pieces.push(piece);
      piece = "";
      used = 0;
    }
    piece += char;
    used += columns;
  }
  return [...pieces, piece];
}

/** A text of many lines behind `margin` on each of them; what continues a line stands behind `continued`. */
export const behind = (text: string, margin: string, continued: string, width: number): readonly string[] =>
  text
    .replaceAll("\t", "→   ")
    .split("\n")
    .flatMap((line) =>
      wrapLine(line, width - columnsOf(margin)).map((piece, index) => (index === 0 ? margin : continued) + piece),
    );
