/** Shapes of recount.mjs, which shares nothing with the program. */

interface Sums {
  readonly calls: number;
  readonly reads: number;
  readonly writes: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly denied: number;
  readonly asked: number;
}
export interface Recounted extends Sums {
  readonly answers: number;
  readonly agents: Readonly<Record<string, Sums & { readonly tools: Readonly<Record<string, number>> }>>;
  readonly people: Readonly<
    Record<
      string,
      {
        readonly answers: number;
        readonly words: Readonly<Record<string, number>>;
        readonly median?: number;
        readonly p90?: number;
        readonly fast: number;
      }
    >
  >;
}
export function recount(lines: readonly string[], from: string, until: string): Recounted;
