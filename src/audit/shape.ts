/** Shapes of JSON: each both checks a value and writes one, so that what is written is what will be read. Pure. */

/** A shape of JSON: says whether a value has it and writes one that has. */
export interface Shape<in out T> {
  is(value: unknown): value is T;
  write(value: T): string;
}
type Member<T, K extends keyof T> =
  object extends Pick<T, K>
    ? { readonly optional: Shape<Exclude<T[K], undefined>> }
    : { readonly required: Shape<T[K]> };
export type Members<T> = { readonly [K in keyof T]-?: Member<T, K> };

type Loose = { readonly required: Shape<unknown> } | { readonly optional: Shape<unknown> };
const shapeOf = (member: Loose): Shape<unknown> => ("required" in member ? member.required : member.optional);

/**
 * Objects with exactly these members in this order, after the first `skip`; a strange, missing or misplaced one makes it
 * another shape.
 */
export function object<T extends object>(members: Members<T>, skip = 0): Shape<T> {
  const list = Object.entries<Loose>(members as Readonly<Record<string, Loose>>);
  return {
    is(value): value is T {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
      const names = Object.keys(value);
      let seen = skip;
      for (const [name, member] of list) {
        if (names[seen] === name) {
          if (!shapeOf(member).is((value as Readonly<Record<string, unknown>>)[name])) return false;
          seen++;
        } else if ("required" in member) {
          return false;
        }
      }
      return seen === names.length;
    },
    write(value) {
      let out = "";
      for (const [name, member] of list) {
        const part = (value as Readonly<Record<string, unknown>>)[name];
        if (part === undefined && "optional" in member) continue;
        out += `${out === "" ? "{" : ","}"${name}":${shapeOf(member).write(part)}`;
      }
      return out === "" ? "{}" : `${out}}`;
    },
  };
}

export const required = <T>(shape: Shape<T>): { readonly required: Shape<T> } => ({ required: shape });
export const optional = <T>(shape: Shape<T>): { readonly optional: Shape<T> } => ({ optional: shape });

/**
 * Types end where JSON from outside begins: a member that is no text would make a line that no verifier takes, and the
 * log would look tampered with for good. So it is a bug of ours, and nothing is recorded. Throws TypeError.
 */
export function quote(value: string): string {
  if (typeof value !== "string") throw new TypeError("a member of an entry that has to be a text is not");
  return JSON.stringify(value);
}

export const text: Shape<string> = { is: (value) => typeof value === "string", write: quote };
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
export const count: Shape<number> = {
  is: isCount,
  write(value) {
    if (!isCount(value)) throw new TypeError("a member of an entry that has to be a count is not");
    return String(value);
  },
};
export const flag: Shape<boolean> = { is: (value) => typeof value === "boolean", write: (value) => String(value) };
export const word = <T extends string>(...words: readonly T[]): Shape<T> => ({
  is: (value): value is T => (words as readonly unknown[]).includes(value),
  write: (value) => `"${value}"`,
});
export const nullable = <T>(shape: Shape<T>): Shape<T | null> => ({
  is: (value): value is T | null => value === null || shape.is(value),
  write: (value) => (value === null ? "null" : shape.write(value)),
});
export const list = <T>(shape: Shape<T>): Shape<readonly T[]> => ({
  is: (value): value is readonly T[] => Array.isArray(value) && value.every((item) => shape.is(item)),
  write: (value) => `[${value.map((item) => shape.write(item)).join(",")}]`,
});
/** One of two shapes, told apart by a member that only the first has. */
export const either = <A extends object, B extends object>(
  mark: keyof A & string,
  first: Shape<A>,
  second: Shape<B>,
): Shape<A | B> => ({
  is: (value): value is A | B => first.is(value) || second.is(value),
  write: (value) => (mark in value ? first.write(value as A) : second.write(value as B)),
});
export const json: Shape<unknown> = {
  is: (value): value is unknown => value !== undefined,
  write: (value) => JSON.stringify(value),
};
