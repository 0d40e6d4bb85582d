import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";
import { expect, test } from "vitest";
import { withGetters } from "../../src/policy/with-getters.ts";

/** Whether V8 keeps it as what it can compile accesses of, and not as a dictionary. */
function isFast(made: object): boolean {
  setFlagsFromString("--allow-natives-syntax");
  return (runInThisContext("(made) => %HasFastProperties(made)") as (made: object) => boolean)(made);
}

const counter = () => {
  let count = 0;
  return {
    name: "counter",
    get count() {
      return count;
    },
    add() {
      count += 1;
    },
  };
};

test("an object with getters tells the same by them, and is no dictionary to V8", () => {
  const [written, made] = [counter(), withGetters(counter())];
  written.add();
  made.add();
  made.add();
  expect([made.name, made.count, "count" in made]).toEqual(["counter", 2, true]);
  expect(() => Object.assign(made, { count: 7 })).toThrow(TypeError);
  // Should this become true of what is written in one piece, nothing of it is needed any more.
  expect([isFast(written), isFast(made)]).toEqual([false, true]);
});
