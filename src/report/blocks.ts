/** What a report is made of before it becomes HTML or Markdown: blocks in order. Shapes only. */

export type Tone = "plain" | "good" | "warn" | "bad";

/** `said`: somebody else's words, made visible by whoever draws them. `badge`: a word with a tone. */
export type Inline =
  | string
  | { readonly said: string }
  | { readonly badge: string; readonly tone: Tone }
  | { readonly code: string }
  /** Ours, in the type of theirs. */
  | { readonly sample: string };

export type Text = Inline | readonly Inline[];

export interface Series {
  readonly name: string;
  /** Drawn apart by lightness and pattern, not by colour alone. */
  readonly tone: "first" | "second";
  readonly values: readonly number[];
}

/** Bars from zero, one for each category, series upon each other. */
export interface Chart {
  readonly title: string;
  /** What the categories are. */
  readonly axis: string;
  readonly categories: readonly string[];
  readonly series: readonly Series[];
}

export type Block =
  | { readonly kind: "heading"; readonly level: 2 | 3 | 4; readonly text: Text; readonly id?: string }
  | { readonly kind: "paragraph"; readonly text: Text; readonly tone?: Tone }
  | {
      readonly kind: "tiles";
      readonly tiles: readonly { readonly label: string; readonly value: string; readonly tone: Tone }[];
    }
  | {
      readonly kind: "points";
      readonly points: readonly { readonly text: Text; readonly tone: Tone; readonly to?: string }[];
    }
  | {
      readonly kind: "table";
      readonly label: string;
      readonly head: readonly string[];
      readonly rows: readonly (readonly Text[])[];
      /** Columns of numbers. */
      readonly numbers: readonly number[];
    }
  | { readonly kind: "chart"; readonly chart: Chart }
  | { readonly kind: "patch"; readonly label: string; readonly text: string };

export interface Page {
  readonly title: string;
  readonly mark: string;
  readonly lead: readonly Text[];
  readonly blocks: readonly Block[];
}

export const heading = (level: 2 | 3 | 4, text: Text, id?: string): Block => ({
  kind: "heading",
  level,
  text,
  ...(id === undefined ? {} : { id }),
});
export const paragraph = (text: Text, tone: Tone = "plain"): Block => ({ kind: "paragraph", text, tone });
export const table = (
  label: string,
  head: readonly string[],
  rows: readonly (readonly Text[])[],
  numbers: readonly number[] = [],
): Block => ({ kind: "table", label, head, rows, numbers });
