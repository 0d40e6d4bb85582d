/**
 * Locks pinned once in a run. What a server offers is the same in every world, so the first world of a kind pins for real and
 * the others are given what it wrote, with their own paths in it. It holds because test/pinned.test.ts pins once more.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "yaml";

/** Stands for the world's own folder in what is kept. */
const HERE = "{{the world's folder}}";

interface Place {
  /** Everything that a server of the world could look at lies below it. */
  readonly root: string;
  /** That of kidoban.yaml. */
  readonly folder: string;
}

/**
 * Gives the world the locks of its servers. `pin`: pins for real, where no world pinned the same servers before. `kept`: a
 * folder of this run; left out, that of test/run.ts, and without one every world pins.
 */
export function pinOnce(place: Place, pin: () => void, kept = process.env["KIDOBAN_TEST_KEPT"]): "pinned" | "given" {
  const locks = join(place.folder, "kidoban.lock");
  if (kept === undefined) {
    pin();
    return "pinned";
  }
  const known = join(kept, `locks-${sameServers(place)}`);
  if (existsSync(known)) {
    mkdirSync(locks, { recursive: true });
    for (const name of readdirSync(known))
      writeFileSync(join(locks, name), readFileSync(join(known, name), "utf8").replaceAll(HERE, place.root));
    return "given";
  }
  pin();
  const made = mkdtempSync(join(kept, "making-"));
  for (const name of readdirSync(locks))
    writeFileSync(join(made, name), readFileSync(join(locks, name), "utf8").replaceAll(place.root, HERE));
  try {
    renameSync(made, known);
  } catch {
    // Another worker was first, with the same.
  }
  return "pinned";
}

/** The same for worlds whose servers are started in the same way, among the same files. */
function sameServers({ root, folder }: Place): string {
  const config = join(folder, "kidoban.yaml");
  const { servers } = parse(readFileSync(config, "utf8")) as { readonly servers: unknown };
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .filter((path) => path !== config && !path.startsWith(join(folder, "manifests")))
    .toSorted()
    .map((path) => [relative(root, path), readFileSync(path, "latin1")]);
  // Long lines of YAML are folded, so what stands where depends on the length of a path, too.
  const all = JSON.stringify([root.length, servers, files]).replaceAll(root, HERE);
  return createHash("sha256").update(all).digest("hex").slice(0, 32);
}
