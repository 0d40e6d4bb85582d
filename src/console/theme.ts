/** Which colours a page has. */

export type Theme = "light" | "dark" | "auto";

export const isTheme = (text: string): text is Theme => text === "light" || text === "dark" || text === "auto";
