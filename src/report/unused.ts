/** Rights that nobody used, as a report tells them. Shapes only. */

/** Something granted that nobody used in the period, and how to take it back. */
export interface Suggestion {
  readonly agent: string;
  /**
   * `server`: nothing of it was used; `writes`: only reads were; `list`: of tools, resources or prompts some were not;
   * `rule`: it let nothing through.
   */
  readonly kind: "server" | "writes" | "list" | "rule";
  /** Server, or the rule's id. */
  readonly name: string;
  readonly list?: "tools" | "resources" | "prompts";
  /** What was not used. */
  readonly unused: readonly string[];
  readonly file: string;
  readonly line: number;
  /** For `git apply` or `patch -p1` in the folder of kidoban.yaml; left out where the files would not load with it. */
  readonly patch?: string;
}

export type Unused =
  | { readonly kind: "none-given" }
  | { readonly kind: "broken" }
  | {
      readonly kind: "read";
      /** Absolute path of the kidoban.yaml. */
      readonly config: string;
      /** Whether the files are what is accepted. */
      readonly accepted: boolean;
      readonly suggestions: readonly Suggestion[];
      /** All of them at once, where they fit together. */
      readonly patch?: string;
    };
