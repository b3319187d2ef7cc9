// Bundles that are small to send and huge to open.
import { createHash } from "node:crypto";
import { constants, deflateRawSync } from "node:zlib";
import type { Forge } from "./forge.ts";
import { objectHead, packOf, packed, treeEntry, type Packed } from "./packs.ts";

const STEP = 2 ** 24;

/** A blob of zeros, made without ever holding it. */
function zeroBlob(size: number): Packed {
  const zeros = Buffer.alloc(Math.min(size, STEP));
  const hash = createHash("sha1").update(`blob ${size}\0`);
  const piece = deflateRawSync(zeros, { finishFlush: constants.Z_FULL_FLUSH });
  const parts: Buffer[] = [];
  for (let left = size; left > 0; left -= STEP) {
    const part = zeros.subarray(0, Math.min(left, STEP));
    hash.update(part);
    parts.push(left >= STEP ? piece : deflateRawSync(part, { finishFlush: constants.Z_FULL_FLUSH }));
  }
  const tail = Buffer.alloc(4);
  // Of zeros alone the first sum of the check stays 1 and the second grows by one each.
  tail.writeUInt32BE((size % 65521) * 65536 + 1);
  const zlib = [Buffer.from([0x78, 0x9c]), ...parts, Buffer.from([3, 0]), tail];
  return { id: hash.digest("hex"), bytes: Buffer.concat([objectHead("blob", size), ...zlib]) };
}

/** A bundle of one commit that adds a file of zeros for each size. */
export async function bundleZeros(forge: Forge, sizes: readonly number[]): Promise<Buffer> {
  const blobs = sizes.map((size) => zeroBlob(size));
  const entries = blobs.map(({ id }, at) => treeEntry("100644", `zeros-${String(at).padStart(2, "0")}`, id));
  const tree = packed("tree", Buffer.concat(entries));
  return bundleRoot(forge, [...blobs, tree], tree.id);
}

/** A bundle of one commit with one file below that many folders. */
export async function bundleDeep(forge: Forge, depth: number): Promise<Buffer> {
  const file = packed("blob", Buffer.from("deep\n"));
  const trees: Packed[] = [packed("tree", treeEntry("100644", "d", file.id))];
  for (let level = 1; level < depth; level += 1) {
    trees.push(packed("tree", treeEntry("40000", "d", trees.at(-1)?.id ?? "")));
  }
  return bundleRoot(forge, [file, ...trees], trees.at(-1)?.id ?? "");
}

async function bundleRoot(forge: Forge, objects: readonly Packed[], tree: string): Promise<Buffer> {
  const commit = forge.commit(tree);
  return forge.bundle({ commit, pack: packOf([...forge.packedObjects([commit]), ...objects]) });
}
