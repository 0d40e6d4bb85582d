import { describe, expect, test } from "vitest";
import { Bag, Table } from "../../src/mcp/short-list.ts";

describe("a table", () => {
  test("gives what a Map gives, whatever comes and goes", () => {
    const table = new Table<string | number, number>();
    const map = new Map<string | number, number>();
    let seed = 7;
    const draw = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    for (let step = 0; step < 20_000; step += 1) {
      const number = draw(12);
      const key = draw(2) === 0 ? number : String(number);
      if (draw(3) === 0) expect(table.delete(key)).toBe(map.delete(key));
      else {
        table.set(key, step);
        map.set(key, step);
      }
      expect(table.size).toBe(map.size);
      expect(table.get(key)).toBe(map.get(key));
      expect(table.has(key)).toBe(map.has(key));
    }
    expect(table.values().toSorted((a, b) => a - b)).toEqual([...map.values()].toSorted((a, b) => a - b));
  });

  test("tells 1 from '1', as ids of requests are", () => {
    const table = new Table<string | number, string>();
    table.set(1, "number");
    expect(table.get("1")).toBeUndefined();
    expect(table.delete("1")).toBe(false);
    expect(table.get(1)).toBe("number");
  });

  test("can be walked over while those in it leave", () => {
    const table = new Table<number, number>();
    for (const key of [1, 2, 3, 4]) table.set(key, key);
    const seen: number[] = [];
    for (const value of table.values()) {
      seen.push(value);
      table.delete(value);
    }
    expect(new Set(seen)).toEqual(new Set([1, 2, 3, 4]));
    expect(table.size).toBe(0);
  });
});

describe("a bag", () => {
  test("loses the one that is taken out, and nothing for one that is not in it", () => {
    const bag = new Bag<object>();
    const [one, two, three] = [{}, {}, {}];
    for (const each of [one, two, three]) bag.add(each);
    bag.delete(one);
    bag.delete({});
    bag.delete(one);
    expect(bag.size).toBe(2);
    expect(new Set(bag.all())).toEqual(new Set([two, three]));
  });
});
