/** Lists of names, written as lines of text. */
export const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
