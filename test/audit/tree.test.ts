import { readFileSync } from "node:fs";
import { assert, integer, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { consistencyProof, inclusionProof, provesConsistency, provesInclusion, rootOf } from "../../src/audit/proof.ts";
import { EMPTY_ROOT, leafHash, Tree } from "../../src/audit/tree.ts";

const known = JSON.parse(readFileSync(new URL("known/crypto.json", import.meta.url), "utf8")) as {
  rfc6962: { leaves_hex: string[]; roots: Record<string, string> };
};
// The known leaves are below 0x80, where Latin-1 text and its UTF-8 bytes are the same.
const leaves = known.rfc6962.leaves_hex.map((hex) => leafHash(Buffer.from(hex, "hex").toString("latin1")));
const numbered = (size: number): string[] => Array.from({ length: size }, (_, i) => leafHash(`line ${i}`));

describe("the Merkle tree of RFC 6962", () => {
  test("gives the known roots for 0 to 8 leaves", () => {
    const tree = new Tree();
    expect(tree.root()).toBe(known.rfc6962.roots["0"]);
    for (const [i, leaf] of leaves.entries()) {
      tree.append(leaf);
      expect(tree.root()).toBe(known.rfc6962.roots[String(i + 1)]);
    }
  });

  test("goes on from a kept state as if it had never stopped, with one hash per bit of its size", () => {
    const all = numbered(70);
    let tree = new Tree();
    for (const [i, leaf] of all.entries()) {
      tree = new Tree(tree.state());
      tree.append(leaf);
      expect(tree.root()).toBe(rootOf(all.slice(0, i + 1)));
      expect(tree.state().stack.length).toBe((i + 1).toString(2).replaceAll("0", "").length);
    }
  });

  test("hashes a leaf over its UTF-8 bytes with 0x00 in front", () => {
    expect(leafHash("")).toBe("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    expect(leafHash("木戸番")).not.toBe(leafHash("???"));
  });
});

describe("proofs", () => {
  test("each leaf of each tree up to 20 leaves is proven under its root, and under no other place, size or root", () => {
    for (let size = 1; size <= 20; size++) {
      const all = numbered(size);
      const root = rootOf(all);
      for (const [index, leaf] of all.entries()) {
        const proof = inclusionProof(all, index);
        expect(provesInclusion(leaf, index, size, proof, root)).toBe(true);
        expect(provesInclusion(leafHash("other"), index, size, proof, root)).toBe(false);
        expect(provesInclusion(leaf, index + 1, size, proof, root)).toBe(false);
        expect(provesInclusion(leaf, index, size, proof, EMPTY_ROOT)).toBe(false);
        expect(provesInclusion(leaf, index, size, [...proof, EMPTY_ROOT], root)).toBe(false);
        if (proof.length > 0) expect(provesInclusion(leaf, index, size, proof.slice(1), root)).toBe(false);
      }
    }
  });

  test("each beginning of each tree up to 20 leaves is proven consistent, and a rewritten one is not", () => {
    for (let size = 0; size <= 20; size++) {
      const all = numbered(size);
      for (let older = 0; older <= size; older++) {
        const was = { size: older, root: rootOf(all.slice(0, older)) };
        const is = { size, root: rootOf(all) };
        const proof = consistencyProof(all, older);
        expect(provesConsistency(was, is, proof)).toBe(true);
        if (older > 0) {
          const rewritten = rootOf([leafHash("rewritten"), ...all.slice(1, older)]);
          expect(provesConsistency({ size: older, root: rewritten }, is, proof)).toBe(false);
        }
      }
    }
  });

  test("a proof with any one hash replaced proves nothing", () => {
    assert(
      property(integer({ min: 2, max: 60 }), nat(), nat(), (size, at, which) => {
        const all = numbered(size);
        const index = at % size;
        const proof = inclusionProof(all, index);
        proof[which % proof.length] = EMPTY_ROOT;
        return !provesInclusion(all[index] ?? "", index, size, proof, rootOf(all));
      }),
      { numRuns: 100 },
    );
  });

  test("a proof asked for a leaf that is not there is a mistake", () => {
    expect(() => inclusionProof(numbered(3), 3)).toThrow(RangeError);
    expect(() => consistencyProof(numbered(3), 4)).toThrow(RangeError);
  });
});
